"""How long a session lives, in which language it speaks, and by which settings a page is made."""

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.middleware.locale import LocaleMiddleware
from django.utils import timezone

from servicing.actions import periods
from servicing.pages.rights import is_htmx


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
        elif now - seen > self.GRAIN and not (is_htmx(request) and request.method == "GET"):
            # A page that refreshes its progress by itself is not a person at the desk.
            session["seen_at"] = now


class ChosenLanguage(LocaleMiddleware):
    """Chinese until somebody chooses: the browser's own wish is often just how the machine was set up."""

    def process_request(self, request):
        request.META.pop("HTTP_ACCEPT_LANGUAGE", None)
        super().process_request(request)


class SteadySettings:
    """Makes all of a page by one state of the settings, read once; a verb asks anew for what it needs."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with periods.steady():
            return self.get_response(request)


def client_address(request):
    """Where a request comes from: behind our proxy the last hop that the proxy itself wrote down."""
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if settings.BEHIND_PROXY else [""]
    return hops[-1].strip() or request.META.get("REMOTE_ADDR", "")
