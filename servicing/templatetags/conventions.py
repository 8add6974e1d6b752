"""Words for the conventions of a product: each question, and each answer to it."""

from django import template
from django.utils.translation import gettext_lazy as _

from servicing.domain.archive.conventions import Conventions

register = template.Library()

QUESTIONS = {
    "day_count": _("Counting the days of interest"),
    "rounding": _("Rounding to the cent"),
    "remainder": _("What rounding leaves"),
    "prepayment": _("Early repayment in part"),
    "full_prepayment": _("Interest at early repayment in full"),
    "order": _("Order within an instalment"),
    "grace": _("A payment within the days of grace"),
    "month_end": _("A due day that the month does not have"),
}
ANSWERS = {
    ("day_count", "30/360"): _("30 days a month, 360 a year"),
    ("day_count", "actual/365"): _("actual days of 365"),
    ("day_count", "actual/360"): _("actual days of 360"),
    ("rounding", "half_up"): _("half a cent up"),
    ("rounding", "half_even"): _("half a cent to the even cent"),
    ("rounding", "up"): _("always up"),
    ("rounding", "down"): _("always down"),
    ("remainder", "last"): _("stands in the last instalment"),
    ("prepayment", "keep_term"): _("keeps the term, lowers the instalments"),
    ("prepayment", "shorten"): _("keeps the instalments, shortens the term"),
    ("full_prepayment", "to_the_day"): _("to the day of payoff"),
    ("full_prepayment", "whole_period"): _("for the whole period begun"),
    ("full_prepayment", "all_interest"): _("all interest agreed"),
    ("order", "interest_first"): _("interest before principal"),
    ("order", "principal_first"): _("principal before interest"),
    ("grace", "excused"): _("is not late"),
    ("grace", "counted"): _("is late"),
    ("month_end", "last_day"): _("is its last day; longer months have the wanted day again"),
    ("month_end", "sticky"): _("is its last day, and stays that day"),
    ("month_end", "next_day"): _("is the first day of the next month"),
}
# The core that sends a loan says the grace of each of its instalments.
SAID_BY_THE_LOAN = ("grace",)


@register.filter
def agreed(product):
    """[(question, answer)] of what a product has agreed, or the default where it says nothing."""
    chosen = Conventions.of(product.conventions)
    return [
        (words, ANSWERS[name, getattr(chosen, name)])
        for name, words in QUESTIONS.items()
        if name not in SAID_BY_THE_LOAN
    ]
