"""How a response looks: its kind, its clock, and the token that lets what is typed survive."""

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from feedback.models import Response
from servicing.templatetags import faces

register = template.Library()
TONES = {"complaint": "bad", "objection": "warn", "suggestion": "note", "praise": "good"}
STATUS_TONES = {"open": "note", "answered": "good", "merged": ""}


@register.simple_tag
def kind_pill(response):
    return format_html('<span class="pill {}">{}</span>', TONES[response.kind], response.get_kind_display())


@register.simple_tag
def status_pill(response):
    words = response.get_status_display()
    return format_html('<span class="pill {}">{}</span>', STATUS_TONES[response.status], words)


@register.simple_tag
def clock(response, on):
    """The last day of what is open, and how far it is: in words, never by colour alone."""
    if response.due_on is None:
        return "—"
    if response.status != Response.Status.OPEN:
        return faces.day(response.due_on)
    left = (response.due_on - on).days
    if left < 0:
        tone, words = "bad", _("overdue")
    elif left == 0:
        tone, words = "warn", _("today")
    else:
        words = ngettext("%(days)s day left", "%(days)s days left", left) % {"days": left}
        tone = "warn" if left <= 3 else ""
    return format_html('{} <span class="pill {}">{}</span>', faces.day(response.due_on), tone, words)
