"""How single values look: masked people, money, days late, days and instants, icons."""

from datetime import timedelta
from decimal import Decimal
from functools import cache
from uuid import uuid4

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from lucide import IconDoesNotExist, _render_icon

from servicing.actions import privacy
from servicing.domain.archive import bucket
from servicing.domain.privacy import blur
from servicing.models import Objection, Restriction, Settlement

register = template.Library()
SIGNS = {"CNY": "¥", "EUR": "€", "USD": "$", "GBP": "£"}


@register.simple_tag
def icon(name, size=17):
    """An inline icon that a screen reader skips; the words stand beside it."""
    return _icon(str(name), int(size))


@cache
def _icon(name, size):
    try:
        svg = _render_icon(name, size, aria_hidden="true", focusable="false")
    except IconDoesNotExist:
        raise template.TemplateSyntaxError(f"no icon {name}") from None
    return mark_safe(svg)  # noqa: S308  the drawing comes from an installed package


@register.simple_tag
def masked(borrower, field):
    """A borrower's name, phone or national id as everybody may see it; a dash where it is unknown."""
    return privacy.masked(borrower, field) or "—"


@register.filter
def money(amount, currency="CNY"):
    """An exact amount with its currency, thousands and two decimals."""
    if amount is None:
        return "—"
    text = f"{Decimal(amount):,.2f}"
    sign = SIGNS.get(currency)
    return f"{sign}{text}" if sign else f"{currency} {text}".strip()


def dpd_tone(days):
    """Colour class by the field's buckets: 0, 1 to 30, 31 to 60, more."""
    return "good" if days <= 0 else "note" if days <= 30 else "warn" if days <= 60 else "bad"


@register.filter
def dpd(days):
    """Days past due as a pill with words; never by colour alone."""
    if days is None:
        return "—"
    days = int(days)
    words = _("on time") if days <= 0 else ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
    return format_html('<span class="pill {}">{}</span>', dpd_tone(days), words)


def written_off():
    """What is said of a loan whose lateness nobody counts any more."""
    return format_html('<span class="pill bad">{}</span>', _("written off"))


BANDS = {
    "1": gettext_lazy("1–30 days"), "2": gettext_lazy("31–60 days"), "3": gettext_lazy("61–90 days"),
    "4": gettext_lazy("91–120 days"), "5": gettext_lazy("121–150 days"), "6": gettext_lazy("151–180 days"),
    "7": gettext_lazy("more than 180 days"),
}  # fmt: skip


@register.simple_tag(takes_context=True)
def overdue(context, days):
    """Days past due as a pill: the number for those who may see it, for the others its band."""
    if days is None or days <= 0 or "overdue.days" in context["rights"]:
        return dpd(days)
    return format_html('<span class="pill {}">{}</span>', dpd_tone(days), BANDS[bucket(days)])


@register.simple_tag(takes_context=True)
def at_the_end(context, days):
    """Days after the final due date in words, late ones as a band where the number is not shown."""
    if days <= 0 or "overdue.days" in context["rights"]:
        return lateness(days)
    return _("late by %(band)s") % {"band": BANDS[bucket(days)]}


@register.filter
def lateness(days):
    """Days after the final due date in words; negative is early."""
    if days == 0:
        return _("on the day")
    if days < 0:
        return ngettext("%(days)s day early", "%(days)s days early", -days) % {"days": -days}
    return ngettext("%(days)s day late", "%(days)s days late", days) % {"days": days}


@register.filter
def day(value):
    """A business date as ISO 8601: the one spelling that both languages read alike."""
    return value.strftime("%Y-%m-%d") if value else "—"


def due(value, *, on):
    """A due day with what it is from today: a pill for today and tomorrow."""
    words = {on: _("today"), on + timedelta(days=1): _("tomorrow")}.get(value)
    return format_html('{} <span class="pill warn">{}</span>', day(value), words) if words else day(value)


@register.filter
def instant(value):
    """An instant in the house's zone, to the minute."""
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if value else "—"


@register.simple_tag
def zone():
    """The zone of every instant that the house shows."""
    offset = f"{timezone.localtime():%z}"
    return f"UTC{offset[:3]}:{offset[3:]}"


@register.filter
def number(value):
    """A whole number with thousands separators, the same in both languages."""
    return "—" if value is None else f"{int(value):,}"


@register.filter
def percent(part, whole):
    """A share of a whole as a percentage with one decimal; a dash where there is no whole."""
    return _("%(number)s%%") % {"number": f"{100 * part / whole:.1f}"} if whole else "—"


# How money came and how somebody was told, by what a code begins with; others are shown as they came.
CHANNELS = {
    "wallet": gettext_lazy("wallet"), "transfer": gettext_lazy("bank transfer"),
    "debit": gettext_lazy("direct debit"), "card": gettext_lazy("card"), "cash": gettext_lazy("cash"),
    "sms": gettext_lazy("text message"), "phone": gettext_lazy("call"), "email": gettext_lazy("e-mail"),
    "app": gettext_lazy("app"),
}  # fmt: skip


@register.filter
def channel(code):
    """A channel in words: debit-a is direct debit A."""
    kind, _dash, which = code.partition("-")
    return f"{CHANNELS[kind]} {which.upper()}".strip() if kind in CHANNELS else code


# Why money did not arrive; a code of the sender's own is shown as it came.
ERRORS = {
    "insufficient_funds": gettext_lazy("not enough money in the account"),
    "limit_exceeded": gettext_lazy("over the limit of the account or channel"),
    "bank_timeout": gettext_lazy("the bank did not answer in time"),
    "account_frozen": gettext_lazy("account frozen"),
    "account_closed": gettext_lazy("account closed"),
    "account_mismatch": gettext_lazy("name and account do not match"),
    "mandate_revoked": gettext_lazy("debit mandate revoked"),
    "channel_down": gettext_lazy("payment channel out of service"),
    "card_rebind_failed": gettext_lazy("the new card could not be bound"),
}


@register.filter
def error_words(code):
    """Why a payment failed, and the code that support and the loan core know it by."""
    return format_html('{} <span class="code soft">{}</span>', ERRORS[code], code) if code in ERRORS else code


@register.filter
def mask_numbers(text):
    """What a sender wrote, with the numbers of people masked."""
    return blur(text)


@register.simple_tag
def colon():
    """Between a name and what is said of it: no language writes it like another."""
    return _(": ")


@register.filter
def kind_words(kind):
    """How a loan ended, from its code."""
    return Settlement.Kind(kind).label


@register.simple_tag
def once():
    """A token that makes what a form asks for happen once, however often it is sent."""
    return uuid4().hex


@register.filter
def restriction_ground(ground):
    """Why data is only kept, from its code."""
    return Restriction.Ground(ground).label


@register.filter
def objection_status(code):
    """How an objection ends, from its code."""
    return Objection.Status(code).label


@register.filter
def lookup(mapping, key):
    """The value under a key that is only known here."""
    return mapping.get(key, "")


@register.filter
def heads(table):
    """{column: what stands in the tag of each of its cells}; no column of ours looks at the row for it."""
    return {
        column.name: format_html('data-label="{}" {}', capfirst(column.header), column.attrs["td"].as_html())
        for column in table.columns
    }


@register.filter
def cells(row, heads):
    """(what stands in its tag, what it shows) of each cell of a row."""
    return [(heads[column.name], cell) for column, cell in row.items()]
