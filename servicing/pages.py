"""What every page stands on: who may open it, how long a session lives, and lists that page by key."""

import base64
import csv
import hashlib
import io
import json
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.core import checks
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.paginator import InvalidPage
from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from django.views.generic import TemplateView

from servicing.domain.staff import RIGHTS, ROLES, SAMPLED, allows

PUBLIC = "public"
# Django's admin declares its right once for the whole namespace.
NAMESPACES = {"admin": "admin.enter"}

# --- Rights: every view says which one it needs, or says that it is public ------------------------------


def right(name):
    """Declare the right that a view needs; a name outside the permission table does not load."""
    if name not in RIGHTS:
        raise ImproperlyConfigured(f"{name} is not in the permission table")

    def declare(view):
        view.right = name
        return view

    return declare


def public(view):
    """Declare that a view is for everybody, signed in or not."""
    view.right = PUBLIC
    return view


class RightMixin:
    """Class views declare their right as an attribute."""

    right: str | None = None

    @classmethod
    def as_view(cls, **initkwargs):
        view = super().as_view(**initkwargs)
        view.right = cls.right
        return view


def declared(view, app_name=""):
    """The right of a view, PUBLIC, or None where nothing is declared."""
    return NAMESPACES.get(app_name) or getattr(view, "right", None)


def routes(patterns=None, prefix="", app_name="", namespace=""):
    """Every route of the site: (path pattern, full name, view, right)."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        spot = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = ":".join(filter(None, [namespace, entry.namespace]))
            yield from routes(entry.url_patterns, spot, entry.app_name or app_name, inner)
        elif isinstance(entry, URLPattern):
            name = ":".join(filter(None, [namespace, entry.name]))
            yield spot, name, entry.callback, declared(entry.callback, app_name)


def every_view_declares_its_right(app_configs=None, **kwargs):
    """The system check: a route without a right, or with one outside the table, stops the start."""
    return [
        checks.Error(f"the view at /{spot} declares no right of the permission table", id="servicing.E001")
        for spot, _name, _view, found in routes()
        if found != PUBLIC and found not in RIGHTS
    ]


class RightRequired:
    """Deny by default: nobody passes a view without the right that it declares."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        # Pages hold personal data and rights change at once: no cache may keep one.
        response.setdefault("Cache-Control", "no-store")
        return response

    def process_view(self, request, view, args, kwargs):
        needed = declared(view, request.resolver_match.app_name)
        if needed == PUBLIC:
            return None
        if needed not in RIGHTS:
            raise ImproperlyConfigured(f"{request.resolver_match.view_name} declares no right")
        if not request.user.is_authenticated:
            return to_sign_in(request)
        if not request.user.may(needed):
            return refused(request, needed)
        return None


def to_sign_in(request):
    """Redirect to the sign-in page, and from there back here; htmx is told to move the whole page."""
    # A form that was being sent cannot be repeated by a link, so the way back is the page it stood on.
    back = request.get_full_path() if request.method == "GET" and not _is_htmx(request) else ""
    query = {"next": back} if back and back != "/" else {}
    if getattr(request, "session_ended", ""):
        query["ended"] = request.session_ended
    url = resolve_url(settings.LOGIN_URL) + (f"?{urlencode(query)}" if query else "")
    if _is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def refused(request, needed):
    """The page that says in words which roles hold the right."""
    holders = [role for role in ROLES if allows(role, needed)]
    return render(request, "403.html", {"holders": holders, "right": needed}, status=403)


def _is_htmx(request):
    return request.headers.get("HX-Request") == "true"


class SessionLimits:
    """Ends a session after a while without a person, and after a working day in any case."""

    # Not each request writes the session row: a minute is exact enough for an idle limit.
    GRAIN = 60

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            self.look(request, timezone.now().timestamp())
        return self.get_response(request)

    def look(self, request, now):
        session = request.session
        began, seen = session.get("began_at"), session.get("seen_at")
        if began is None or seen is None:
            session["began_at"] = session["seen_at"] = now
        elif now - began > settings.SESSION_COOKIE_AGE or now - seen > settings.SESSION_IDLE_LIMIT:
            logout(request)
            request.user = AnonymousUser()
            request.session_ended = "idle"
        elif now - seen > self.GRAIN and not (_is_htmx(request) and request.method == "GET"):
            # A page that refreshes its progress by itself is not a person at the desk.
            session["seen_at"] = now


# --- Lists: table, filter, sort and page, all of it in the URL -------------------------------------------


class Keyset:
    """One page of a QuerySet by key, not by OFFSET: page 10,000 costs what page 1 costs.

    `sort` are field paths that are never null, with "-" for descending; the primary key breaks ties.
    `after` and `before` are the cursors of a neighbouring page; raises InvalidPage for a foreign one.
    """

    def __init__(self, rows, *, sort, size, after="", before=""):
        tie = "-pk" if sort[0].startswith("-") else "pk"
        self.sort = (*sort, *([] if sort[-1].lstrip("-") == "pk" else [tie]))
        backwards = bool(before) and not after
        order = [_turned(field) for field in self.sort] if backwards else self.sort
        found = rows.order_by(*order)
        if cursor := after or before:
            found = found.filter(self._beyond(order, self._read(rows.model, cursor)))
        found = list(found[: size + 1])
        more, found = len(found) > size, found[:size]
        self.rows = found[::-1] if backwards else found
        has_next, has_before = (bool(cursor), more) if backwards else (more, bool(cursor))
        self.after = self._cursor(self.rows[-1]) if self.rows and has_next else ""
        self.before = self._cursor(self.rows[0]) if self.rows and has_before else ""

    def _beyond(self, order, values):
        """Rows that come later than these values in this order."""
        steps = [(field.lstrip("-"), "lt" if field.startswith("-") else "gt") for field in order]
        ahead, same = Q(pk__in=[]), Q()
        for (field, word), value in zip(steps, values, strict=True):
            ahead |= same & Q(**{f"{field}__{word}": value})
            same &= Q(**{field: value})
        # Said twice on purpose: the plain bound is what lets PostgreSQL enter the index in the right place.
        (field, word), value = steps[0], values[0]
        return Q(**{f"{field}__{word}e": value}) & ahead

    def _cursor(self, row):
        values = [str(_value(row, field.lstrip("-"))) for field in self.sort]
        return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")

    def _read(self, model, cursor):
        try:
            texts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            fields = [_field(model, field.lstrip("-")) for field in self.sort]
            return [field.to_python(text) for field, text in zip(fields, texts, strict=True)]
        except (ValueError, TypeError, ValidationError) as error:
            raise InvalidPage("not a cursor of this list") from error


def _turned(field):
    return field.removeprefix("-") if field.startswith("-") else f"-{field}"


def _value(row, path):
    for part in path.split("__"):
        row = getattr(row, part)
    return row


def _field(model, path):
    """The model field at the end of a path such as loan__settled_on."""
    *steps, name = path.split("__")
    for step in steps:
        model = model._meta.get_field(step).related_model
    return model._meta.pk if name == "pk" else model._meta.get_field(name)


class ListPage(RightMixin, TemplateView):
    """A list: rows, a table, a filter. Subclasses name them, and the words for an empty list."""

    template_name = "_pages/list.html"
    table_class = None
    filterset_class = None
    sort: tuple[str, ...] = ("-pk",)
    size = 25
    title = ""
    lead = ""
    empty_title = ""
    empty_text = ""
    empty_icon = "inbox"

    def rows(self):
        raise NotImplementedError

    def sortable(self):
        """{what the URL says: field path} of the columns by which this list can be ordered."""
        columns = self.table_class.base_columns.items()
        return {name: str(column.order_by[0]) for name, column in columns if column.order_by}

    def sorted_by(self):
        asked = self.request.GET.get("sort", "")
        field = self.sortable().get(asked.lstrip("-"))
        if not field:
            return "", self.sort
        return asked, (("-" if asked.startswith("-") else "") + field,)

    def filterset(self):
        return self.filterset_class(self.request.GET or None, queryset=self.rows(), request=self.request)

    def page(self, rows, sort):
        query = self.request.GET
        asked = {"after": query.get("after", ""), "before": query.get("before", "")}
        try:
            return Keyset(rows, sort=sort, size=self.size, **asked)
        except InvalidPage:
            # An old or mangled link is answered with the first page.
            return Keyset(rows, sort=sort, size=self.size)

    def get_context_data(self, **kwargs):
        chosen = self.filterset() if self.filterset_class else None
        rows = self.rows() if chosen is None else chosen.qs
        if chosen is not None and chosen.is_bound and not chosen.form.is_valid():
            rows = rows.none()
        asked, sort = self.sorted_by()
        page = self.page(rows, sort)
        return super().get_context_data(
            **kwargs,
            view=self,
            filter=chosen,
            is_filtered=bool(chosen is not None and any(chosen.data.get(n) for n in chosen.filters)),
            page=page,
            sort=asked,
            total=rows.order_by().count(),
            table=self.make_table(page.rows),
            is_sample=self.request.user.role_code in SAMPLED,
        )

    def make_table(self, rows):
        return self.table_class(rows, request=self.request)


# What a spreadsheet would take for a formula, also in full width.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def harmless(cell):
    """Text that a spreadsheet takes for text; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def csv_file(rows):
    """(response, sha256 of its content): rows as CSV that a spreadsheet opens without running anything."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
    # The mark tells spreadsheets that Chinese text is UTF-8.
    content = out.getvalue().encode("utf-8-sig")
    return HttpResponse(content, content_type="text/csv; charset=utf-8"), hashlib.sha256(content).hexdigest()
