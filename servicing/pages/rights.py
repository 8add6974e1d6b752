"""Every view says which right it needs, or that it is public; nobody passes without it."""

from urllib.parse import urlencode

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import URLPattern, URLResolver, get_resolver

from servicing.actions.privacy import Guessing, TooMany
from servicing.domain.staff import RIGHTS, ROLES, VIEWS_A_DAY, allows
from servicing.pages.typed import kept

PUBLIC = "public"
# Django's admin declares its right once for the whole namespace.
NAMESPACES = {"admin": "admin.enter"}


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
        view = super().as_view(**initkwargs)  # type: ignore[misc]  # of the View beside it
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
            return to_sign_in(request, kept=kept(request, view, kwargs))
        if not request.user.may(needed):
            return refused(request, needed)
        return None

    def process_exception(self, request, exception):
        """Who has opened or sought as many borrowers as is allowed is told so, whichever page it was."""
        if isinstance(exception, TooMany):
            limit = VIEWS_A_DAY.get(request.user.role_code, 0)
            return render(request, "servicing/too_many.html", {"limit": limit}, status=403)
        if isinstance(exception, Guessing):
            return render(request, "servicing/guessing.html", status=403)
        return None


def to_sign_in(request, *, kept=""):
    """Redirect to the sign-in page, and from there back here; htmx is told to move the whole page.

    A form that was being sent cannot be repeated by a link: where what was typed is `kept`, that is the page
    on which it is filled in again.
    """
    here = request.get_full_path() if request.method == "GET" and not is_htmx(request) else ""
    back = kept or here
    query = {"next": back} if back and back != "/" else {}
    if getattr(request, "session_ended", ""):
        query["ended"] = request.session_ended
    if kept:
        query["kept"] = "1"
    url = resolve_url(settings.LOGIN_URL) + (f"?{urlencode(query)}" if query else "")
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def refused(request, needed):
    """The page that says in words which roles hold the right."""
    holders = [role for role in ROLES if allows(role, needed)]
    return render(request, "403.html", {"holders": holders, "right": needed}, status=403)


def is_htmx(request):
    return request.headers.get("HX-Request") == "true"
