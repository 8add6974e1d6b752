"""Words for a run of the recheck."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from servicing.templatetags import faces

register = template.Library()


def whom(run):
    """Everybody, those who changed, some who were chosen, or one, whom not everybody may know."""
    if run.params.get("chosen"):
        count = run.params["chosen"]
        return ngettext("%(count)s chosen borrower", "%(count)s chosen borrowers", count) % {"count": count}
    if run.params["borrower"]:
        return _("one borrower")
    return _("those who changed") if "since" in run.params else _("everybody")


def speed(borrowers, seconds):
    """Borrowers a second; nothing where it went too fast to say."""
    return round(borrowers / seconds) if borrowers and seconds else None


@register.simple_tag
def run_whom(run):
    return whom(run)


@register.simple_tag
def run_speed(run):
    """How many borrowers a second, in words."""
    found = speed(run.result.get("borrowers"), run.result.get("seconds"))
    return _("%(count)s borrowers a second") % {"count": faces.number(found)} if found else ""
