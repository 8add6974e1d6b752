"""The frame of every page: menu, theme, language, help."""

from dataclasses import dataclass

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from feedback.models import Response
from reviews.models import Case
from servicing.actions import controls
from servicing.domain import staff
from servicing.pages import Words, right
from servicing.templatetags.staff import ROLES

THEMES = ("light", "dark")


@dataclass(frozen=True)
class Entry:
    """A line of the menu; `key` is the letter after `g` that goes there."""

    url_name: str
    label: Words
    icon: str
    right: str
    key: str
    group: Words = ""
    count: str = ""
    count_words: Words = ""


MENU = (
    Entry("today", _("Today"), "layout-dashboard", "today.view", "t"),
    Entry("feedback:caller-home", _("Callers"), "phone-incoming", "response.log", "h", _("Customers")),
    Entry(
        "feedback:response-list",
        _("Feedback"),
        "message-square",
        "response.view",
        "n",
        _("Customers"),
        "own_responses",
        _("waits for my answer"),
    ),
    Entry("servicing:objection-list", _("Objections"), "scale", "objection.view", "j", _("Customers")),
    Entry("servicing:loan-list", _("Settled loans"), "archive", "archive.browse", "l", _("Archive")),
    Entry("servicing:step-list", _("Steps after payoffs"), "list-checks", "payoff.tick", "s", _("Archive")),
    Entry("monitor", _("Monitor"), "radar", "monitor.view", "m", _("Archive")),
    Entry("servicing:import-list", _("Imports"), "file-up", "import.view", "i", _("Archive")),
    Entry("servicing:feed", _("Feed"), "rss", "feed.health", "f", _("Archive")),
    Entry(
        "reviews:case-list",
        _("Review queue"),
        "list-checks",
        "case.queue",
        "q",
        _("Reviews"),
        "own_cases",
        _("my open cases"),
    ),
    Entry("reviews:case-all", _("All cases"), "folder-open", "case.browse", "c", _("Reviews")),
    Entry("reviews:alert-list", _("Alerts"), "bell-ring", "alert.browse", "a", _("Reviews")),
    Entry("reviews:coverage", _("Coverage"), "radar", "recheck.view", "v", _("Reviews")),
    Entry("reviews:recheck", _("Rechecks"), "refresh-cw", "recheck.view", "r", _("Reviews")),
    Entry("reviews:book", _("Book"), "chart-column-stacked", "recheck.view", "b", _("Reviews")),
    Entry("reviews:rule-list", _("Rules"), "scale", "rule.view", "u", _("Reviews")),
    Entry("feedback:tier-list", _("Tiers"), "medal", "tier.view", "w", _("Customers")),
    Entry("feedback:campaign-list", _("Campaigns"), "gift", "campaign.view", "k", _("Customers")),
    Entry("feedback:hold-list", _("Holds on offers"), "hand", "hold.view", "z", _("Customers")),
    Entry(
        "servicing:approval-list",
        _("Approvals"),
        "stamp",
        "approval.view",
        "p",
        _("Oversight"),
        "approvals",
        _("waits for my approval"),
    ),
    Entry("feedback:survey-list", _("Surveys"), "clipboard-list", "survey.view", "y", _("Customers")),
    Entry("servicing:message-list", _("Messages"), "send", "message.view", "o", _("Oversight")),
    Entry("servicing:export-list", _("My files"), "file-down", "list.export", "x", _("Oversight")),
    Entry("servicing:ledger-list", _("Ledger"), "scroll-text", "ledger.view", "e", _("Oversight")),
    Entry("admin:index", _("Administration"), "settings", "admin.enter", "d", _("Oversight")),
)


def menu(request):
    """The groups of the menu that this person may see: [(group, [{entry, url, is_here, count}])]."""
    groups: dict = {}
    for entry in MENU:
        if not request.user.may(entry.right):
            continue
        url = reverse(entry.url_name)
        here = request.path == url or (url != "/" and request.path.startswith(url))
        count = counted(request, entry.count) if entry.count else 0
        groups.setdefault(entry.group, []).append(
            {"entry": entry, "url": url, "is_here": here, "count": count}
        )
    return list(groups.items())


def counted(request, what):
    """How many wait; what the page itself has counted is not counted again."""
    known = getattr(request, "counted", {})
    return known[what] if what in known else COUNTS[what](request.user)


COUNTS = {
    "own_cases": lambda person: Case.objects.owned_by(person).count(),
    "own_responses": lambda person: Response.objects.owned_by(person).count(),
    "approvals": lambda person: len(controls.waiting_for(person, at=timezone.now())),
}


def context(request):
    """What base.html needs on every page."""
    theme = request.COOKIES.get("theme", "")
    person = getattr(request, "user", None)
    is_known = person is not None and person.is_authenticated
    return {
        "theme": theme if theme in THEMES else "",
        "role_words": ROLES,
        "role_name": ROLES.get(person.role_code, _("no role")) if person and is_known else "",
        "menu": SimpleLazyObject(lambda: menu(request)) if is_known else [],
        "rights": SimpleLazyObject(
            lambda: {name for name in staff.RIGHTS if person and is_known and person.may(name)}
        ),
    }


@right("help.view")
def help_page(request):
    return render(request, "pages/help.html")
