"""Messages to borrowers in words: how they stand and why."""

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

register = template.Library()
TONES = {"sent": "good", "failed": "bad", "unknown": "bad", "withdrawn": "note", "sending": "note"}
WHY = {
    "attempts": _("tried as often as the setting allows"),
    "away": _("the gateway could not be reached"),
    "busy": _("the gateway asked for patience"),
    "cut_off": _("cut off while it was sent"),
    "complaint": _("a complaint or an objection came"),
    "no_consent": _("no consent to advertising"),
    # Why an offer was kept back when its turn came; a hold is not among them.
    "answered": _("answered already"),
    "objection": _("an objection is open"),
    "no_profiling": _("no consent to being chosen"),
    "told_another": _("told of another offer lately"),
    "not_running": _("the campaign does not run"),
    "expired": _("the offer has ended"),
    "budget": _("the budget is used up"),
    "no_phone": _("no phone number on file"),
    "opted_out": _("the borrower said no"),
    "person": _("dropped by a person"),
    "refused": _("the gateway refused it"),
    "restricted": _("processing is restricted"),
    "shut_out": _("the gateway does not know us: wrong secret or address"),
    "trouble": _("the gateway had trouble"),
}


@register.filter
def why_words(code):
    """Why a message did not leave, from its code; a code of an upper app's own as it is."""
    return WHY.get(code, code)


@register.filter
def message_status(message):
    """How a message stands, as a pill with words."""
    return format_html(
        '<span class="pill {}">{}</span>', TONES.get(message.status, "warn"), message.get_status_display()
    )
