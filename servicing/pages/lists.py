"""Lists: table, filter, sort and page, all of it in the URL; pages are found by key."""

import base64
import json
from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import InvalidPage
from django.db import DataError, transaction
from django.db.models import Q
from django.forms import CharField
from django.http import QueryDict
from django.shortcuts import redirect
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.functional import Promise, cached_property
from django.views.generic import TemplateView

from servicing.domain.privacy import blur
from servicing.domain.staff import SAMPLED
from servicing.models import SavedView
from servicing.pages.rights import RightMixin

# No choice, day or number of a filter is longer.
LONGEST = 64
# Two values in base64: a text of 64 characters of three bytes each, and a key.
LONGEST_CURSOR = 300
# What is shown is translated when it is shown.
Words = str | Promise


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
            found = self._tried(found.filter(self._beyond(order, self._read(rows.model, cursor)))[: size + 1])
        found = list(found[: size + 1])
        more, found = len(found) > size, found[:size]
        self.rows = found[::-1] if backwards else found
        has_next, has_before = (bool(cursor), more) if backwards else (more, bool(cursor))
        self.after = self._cursor(self.rows[-1]) if self.rows and has_next else ""
        self.before = self._cursor(self.rows[0]) if self.rows and has_before else ""

    def _tried(self, rows):
        """The rows, where the database has such values at all: a half surrogate or a day before Christ."""
        try:
            with transaction.atomic():
                return list(rows)
        except (DataError, ValueError) as error:
            raise InvalidPage("not a cursor of this list") from error

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
        return base64.urlsafe_b64encode(json.dumps(values, ensure_ascii=False).encode()).decode().rstrip("=")

    def _read(self, model, cursor):
        if len(cursor) > LONGEST_CURSOR:
            raise InvalidPage("not a cursor of this list")
        try:
            texts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            if not all(isinstance(text, str) for text in texts):
                raise InvalidPage("not a cursor of this list")
            fields = [_field(model, field.lstrip("-")) for field in self.sort]
            return [_checked(field, text) for field, text in zip(fields, texts, strict=True)]
        except (ValueError, TypeError, RecursionError, ValidationError) as error:
            raise InvalidPage("not a cursor of this list") from error


def _turned(field):
    return field.removeprefix("-") if field.startswith("-") else f"-{field}"


def _value(row, path):
    for part in path.split("__"):
        row = getattr(row, part)
    return row


def _checked(field, text):
    """A value that the column could hold; choices do not matter, for they may have gone since."""
    value = field.to_python(text)
    field.run_validators(value)
    return value


def _field(model, path):
    """The model field at the end of a path such as loan__settled_on."""
    *steps, name = path.split("__")
    for step in steps:
        model = model._meta.get_field(step).related_model
    return model._meta.pk if name == "pk" else model._meta.get_field(name)


class ListPage(RightMixin, TemplateView):
    """A list: rows, a table, a filter. Subclasses name them, and the words for an empty list."""

    template_name = "_pages/list.html"
    table_class: Any = None
    filterset_class: Any = None
    sort: tuple[str, ...] = ("-pk",)
    size = 25
    # Up to where entries are counted: nobody reads more, and counting a million takes a second.
    count_limit = 100_000
    title: Words = ""
    lead: Words = ""
    empty_title: Words = ""
    empty_text: Words = ""
    empty_icon = "inbox"
    # The path from a row to its borrower, where the list can leave the house as a file.
    borrower = ""
    # {what the URL says: its values} beside filters and order, where a list has tabs.
    tabs: dict[str, tuple[str, ...]] = {}

    def get(self, request, *args, **kwargs):
        """The list; opened without any wish, as the person likes to have it."""
        own = [] if request.GET else [kept for kept in self.saved_views if kept.person_id == self.person.pk]
        for kept in own:
            if kept.is_default and kept.query:
                return redirect(f"{request.path}?{kept.query}")
        return super().get(request, *args, **kwargs)

    @cached_property
    def saved_views(self):
        """What was kept of this list, by this person or shared by a lead."""
        match = self.request.resolver_match
        return list(SavedView.objects.visible_to(self.person).filter(view=match.view_name if match else ""))

    def keepable(self):
        """The query of this page as it may be kept: choices, days and numbers that the filters know, the
        order and the tab; never free text, for that is how people are found.
        """
        asked, kept = self.request.GET, QueryDict(mutable=True)
        if self.filterset_class:
            form = self.filterset().form
            known = [] if not form.is_bound else [name for name in form.fields if name not in form.errors]
            for name in known:
                text = asked.get(name, "")
                is_typed = isinstance(form.fields[name], CharField) or blur(text) != text
                if text and not is_typed and len(text) <= LONGEST:
                    kept[name] = text
        for name, values in self.tabs.items():
            if asked.get(name) in values:
                kept[name] = asked[name]
        if sort := self.sorted_by()[0]:
            kept["sort"] = sort
        return kept.urlencode()

    def rows(self):
        raise NotImplementedError

    def reachable(self):
        """Every row that this person could see here, whatever the tab: where a file looks for its rows."""
        return self.rows()

    @property
    def person(self) -> Any:
        """Who asks: nobody comes here without having signed in."""
        return self.request.user

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

    def chosen(self):
        """(filter or None, the rows that it leaves, none where it was not understood)."""
        if not self.filterset_class:
            return None, self.rows()
        chosen = self.filterset()
        if chosen.is_bound and not chosen.form.is_valid():
            return chosen, chosen.queryset.none()
        return chosen, chosen.qs

    def in_order(self, rows):
        """The rows as the list shows them, without pages."""
        _asked, sort = self.sorted_by()
        return rows.order_by(*sort, "-pk" if sort[0].startswith("-") else "pk")

    def page(self, rows, sort):
        query = self.request.GET
        asked = {"after": query.get("after", ""), "before": query.get("before", "")}
        try:
            return Keyset(rows, sort=sort, size=self.size, **asked)
        except InvalidPage:
            # An old or mangled link is answered with the first page.
            return Keyset(rows, sort=sort, size=self.size)

    def get_context_data(self, **kwargs):
        chosen, rows = self.chosen()
        asked, sort = self.sorted_by()
        page = self.page(rows, sort)
        return super().get_context_data(
            **kwargs,
            view=self,
            filter=chosen,
            is_filtered=bool(chosen is not None and any(chosen.data.get(n) for n in chosen.filters)),
            page=page,
            sort=asked,
            total=rows.order_by()[: self.count_limit + 1].count(),
            table=self.make_table(page.rows),
            saved_views=self.saved_views,
            here=self.keepable(),
            is_sample=getattr(self.request.user, "role_code", "") in SAMPLED,
        )

    def make_table(self, rows):
        return self.table_class(rows, request=self.request)


def list_page(request, name, query):
    """The list of a route name as this person would see it with this query.

    Raises LookupError for what is no list, or none that this person may open.
    """
    try:
        match = resolve(reverse(name))
    except (NoReverseMatch, Resolver404) as error:
        raise LookupError(name) from error
    kind = getattr(match.func, "view_class", None)
    if not (isinstance(kind, type) and issubclass(kind, ListPage) and request.user.may(kind.right)):
        raise LookupError(name)
    asked = copy(request)
    asked.GET, asked.resolver_match = QueryDict(query), match
    page = kind()
    page.setup(asked)
    return page


def spoken(chosen):
    """[[label, value]] of the filters that were set, in words, without the numbers of people."""
    if chosen is None or not chosen.is_bound or not chosen.form.is_valid():
        return []
    return [
        [str(chosen.form.fields[name].label), blur(_words(chosen.form.fields[name], value))]
        for name, value in chosen.form.cleaned_data.items()
        if value not in (None, "", [])
    ]


def _words(field, value):
    choices = {} if hasattr(field, "queryset") else dict(getattr(field, "choices", ()))
    return str(choices.get(value, value))
