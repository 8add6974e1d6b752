"""Words for the conventions by which a product's contracts are paid off: each question, and its answers.

What else two cores do differently shows in the plan that the core sends, and is not asked here.
"""

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

QUESTIONS = {
    "day_count": _("Counting the days of interest"),
    "rounding": _("Rounding to the cent"),
    "remainder": _("What rounding leaves"),
    "full_prepayment": _("Interest at early repayment in full"),
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
    ("full_prepayment", "to_the_day"): _("to the day of payoff"),
    ("full_prepayment", "whole_period"): _("for the whole period begun"),
    ("full_prepayment", "all_interest"): _("all interest agreed"),
    ("month_end", "last_day"): _("is its last day; longer months have the wanted day again"),
    ("month_end", "sticky"): _("is its last day, and stays that day"),
    ("month_end", "next_day"): _("is the first day of the next month"),
}
METHODS = {
    "equal_instalments": _("equal instalments"),
    "equal_principal": _("equal parts of principal"),
    "interest_first": _("interest first, principal at the end"),
    "single_payment": _("one payment at the end"),
}


@register.filter
def in_words(conventions):
    """[(question, answer)] of the conventions that a payoff amount stands on."""
    return [(words, ANSWERS[name, getattr(conventions, name)]) for name, words in QUESTIONS.items()]


@register.filter
def interest_policy(conventions):
    """What interest a payoff before its time asks."""
    return ANSWERS["full_prepayment", conventions.full_prepayment]


@register.filter
def method_in_words(terms):
    return METHODS[terms.method]


@register.filter
def percent(rate):
    """0.0720 as 7.2, without the zeros at its end."""
    return f"{(rate * 100).normalize():f}"
