"""Obstacles and improvements in words."""

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext as _

from feedback.models import Response
from servicing.templatetags import faces

register = template.Library()

TONES = {
    "proven": "good", "fixed": "note", "open": "note", "not_proven": "warn", "worse": "bad", "too_little": "",
}  # fmt: skip


@register.filter
def tone(status):
    """The colour of a status or a verdict."""
    return TONES.get(status, "")


@register.filter
def channel_words(code):
    return faces.channel(code) if code else _("channel not told")


@register.filter
def reason_words(code):
    """Why it failed, and the code that the loan core knows it by."""
    return faces.error_words(code) if code else _("no reason told")


@register.filter
def hundredth(share):
    """A share of a hundred, with one decimal."""
    return _("%(number)s%%") % {"number": f"{share:.1f}"}


@register.simple_tag
def trend(change):
    """By how many percent something moved; more of an obstacle is worse."""
    if change is None:
        return format_html('<span class="pill">{}</span>', _("new"))
    if change == 0:
        return format_html('<span class="pill">{}</span>', _("as before"))
    sign, colour = ("+", "bad") if change > 0 else ("−", "good")
    return format_html('<span class="pill {}">{}{}%</span>', colour, sign, abs(change))


def failure_words(mark):
    """A channel, and why it failed."""
    error = faces.ERRORS.get(mark.error_code, mark.error_code) or _("no reason told")
    return f"{channel_words(mark.channel)} · {error}"


@register.filter
def mark_words(signature):
    """By what an obstacle is known."""
    if signature.side == "failures":
        return failure_words(signature)
    where = Response.Where(signature.where).label
    return f"{where} · {signature.topic or _('all topics')}"


@register.simple_tag
def times(row):
    """How many times the rate of before the rate after is, with its interval."""
    if row.ratio is None:
        return "—"
    high = _("open") if row.ratio_high is None else f"{row.ratio_high:.2f}"
    return f"{row.ratio:.2f} ({row.ratio_low:.2f} – {high})"


@register.simple_tag
def measured(row):
    """The comparison in one sentence."""
    rates = {"before": hundredth(100 * row.rate_before), "after": hundredth(100 * row.rate_after)}
    if row.ratio is None:
        return _("The rate was %(before)s before and %(after)s after the fix.") % rates
    limits = {
        "ratio": f"{row.ratio:.2f}",
        "low": f"{row.ratio_low:.2f}",
        "high": _("open") if row.ratio_high is None else f"{row.ratio_high:.2f}",
        "points": f"{100 * row.difference:+.1f}".replace("-", "−"),
        "points_low": f"{100 * row.difference_low:+.1f}".replace("-", "−"),
        "points_high": f"{100 * row.difference_high:+.1f}".replace("-", "−"),
    }
    return _(
        "The rate went from %(before)s to %(after)s, %(ratio)s times of what it was (95 %% interval %(low)s "
        "to %(high)s), %(points)s points (%(points_low)s to %(points_high)s)."
    ) % (rates | limits)
