"""Words for loyalty: facts, conditions, why somebody stands on a tier, why an offer waits."""

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from feedback.actions.loyalty import offers
from feedback.domain import loyalty
from feedback.models import Campaign, Level
from servicing.templatetags.faces import day

register = template.Library()

NAMES = {
    "settled_loans": gettext_lazy("loans settled"),
    "instalments": gettext_lazy("instalments repaid"),
    "on_time_percent": gettext_lazy("instalments paid on time"),
    "early_loans": gettext_lazy("loans paid off early"),
    "late_loans": gettext_lazy("loans that ended late"),
    "worst_dpd": gettext_lazy("worst days past due"),
    "adverse_ends": gettext_lazy("loans not repaid by the borrower"),
    "months_known": gettext_lazy("time since the first loan"),
    "months_since_payoff": gettext_lazy("time since the last payoff"),
    "days_late_now": gettext_lazy("past due today"),
    "tier": gettext_lazy("tier"),
}
UNITS = {
    "loans": lambda n: ngettext("%(number)s loan", "%(number)s loans", n) % {"number": n},
    "instalments": lambda n: ngettext("%(number)s instalment", "%(number)s instalments", n) % {"number": n},
    "percent": lambda n: _("%(number)s%%") % {"number": n},
    "days": lambda n: ngettext("%(number)s day", "%(number)s days", n) % {"number": n},
    "months": lambda n: ngettext("%(number)s month", "%(number)s months", n) % {"number": n},
    "tier": lambda n: str(Level(n).label) if n in loyalty.LEVELS else str(n),
}
ASKED = {
    ">=": gettext_lazy("%(fact)s: at least %(value)s"),
    "<=": gettext_lazy("%(fact)s: at most %(value)s"),
}
SEEN = {
    ">=": gettext_lazy("%(fact)s: %(seen)s (asked: at least %(value)s)"),
    "<=": gettext_lazy("%(fact)s: %(seen)s (asked: at most %(value)s)"),
}
# Who may not see holds never reads "not_now": see offers.as_told.
REASONS = {
    "answered": gettext_lazy("It is answered already."),
    "held_out": gettext_lazy("This borrower is not in the campaign."),
    "restricted": gettext_lazy("The data of this borrower is kept and not used."),
    "no_opt_in": gettext_lazy("The borrower has not asked for offers, or wants none any more."),
    "no_profiling": gettext_lazy(
        "The borrower wants no offers chosen by what we know; those for all may be made."
    ),
    "complaint": gettext_lazy("A complaint is open; it comes first."),
    "objection": gettext_lazy("An objection is open; it comes first."),
    "not_now": gettext_lazy("A hold of two people of risk is in force."),
    "told_another": gettext_lazy("The borrower has heard of another offer lately."),
    "not_running": gettext_lazy("The campaign does not run now."),
    "expired": gettext_lazy("The offer has ended."),
    "budget": gettext_lazy("The budget of the campaign is used up."),
    "right": gettext_lazy("Your role does not do this."),
}
VERDICT_TONES = {"more": "good", "less": "bad", "none": "note", "not_enough": "", "so_far": ""}
STATUS_TONES = {"offered": "note", "accepted": "good", "running": "good", "stopped": "warn", "draft": "note"}
TIER_TONES = {3: "warn", 2: "note", 1: "good", 0: ""}


@register.filter
def fact_name(code):
    """What a fact is called; one that the house no longer has keeps its code."""
    return NAMES.get(code, code)


@register.filter
def fact_value(value, code):
    """A number with the unit of its fact."""
    return UNITS[loyalty.BY_CODE[code].unit](value) if code in loyalty.BY_CODE else str(value)


def _parts(condition):
    fact, op, value = condition["fact"], condition["op"], condition["value"]
    return op, {"fact": fact_name(fact), "value": fact_value(value, fact)}


@register.filter
def condition_words(condition):
    """One condition, as JSON has it."""
    op, words = _parts(condition)
    return ASKED[op] % words


def _joined(parts):
    said = ""
    for part in parts:
        said = _("%(first)s; %(second)s") % {"first": said, "second": part} if said else str(part)
    return said


def _seen(conditions, facts):
    """Conditions with the numbers that they were compared with."""
    found = []
    for condition in loyalty.written(conditions):
        op, words = _parts(condition)
        words["seen"] = fact_value(facts.get(condition["fact"], 0), condition["fact"])
        found.append(SEEN[op] % words)
    return _joined(found)


@register.filter
def standing_sentence(standing):
    """Why somebody stands on a tier, in one sentence of the frozen numbers and rules."""
    ladder = standing.rules.as_ladder()
    if standing.level == Level.NONE:
        missing = ladder.missing(Level.BRONZE, standing.facts)
        return _("No tier yet. %(missing)s.") % {"missing": _seen(missing, standing.facts)}
    reasons = _seen(ladder.rungs[standing.level], standing.facts)
    return _("%(tier)s, because of %(reasons)s.") % {"tier": _tier(standing.level), "reasons": reasons}


@register.filter
def fall_sentence(standing):
    """Who falls from what to what, when and why; empty for who does not fall."""
    if standing.falls_on is None:
        return ""
    missing = standing.falls_rules.as_ladder().missing(standing.level, standing.falls_facts)
    words = {"day": day(standing.falls_on), "tier": _tier(standing.level), "to": _tier(standing.falls_to)}
    words["missing"] = _seen(missing, standing.falls_facts)
    return _("From %(tier)s to %(to)s on %(day)s. %(missing)s.") % words


def _tier(level):
    return str(Level(level).label).capitalize()


@register.filter
def by_level(rungs):
    """[(level, its conditions)] of rungs as JSON has them, highest first."""
    return [(level, rungs[str(level)]) for level in loyalty.RUNGS]


@register.filter
def tier_words(level):
    return Level(level).label


@register.filter
def tier_tone(level):
    return TIER_TONES[level]


@register.filter
def reason_words(code):
    """Why an offer is kept back, from a code that the person may hear."""
    return REASONS[code]


@register.filter
def loyalty_tone(status):
    return (VERDICT_TONES | STATUS_TONES).get(status, "")


@register.filter
def kind_of_offer(code):
    return Campaign.Kind(code).label


@register.filter
def signed(value, digits=1):
    """A difference with its sign; a dash where there is none."""
    return "—" if value is None else f"{value:+,.{digits}f}".replace("-", "−")


@register.inclusion_tag("feedback/_offers.html", takes_context=True)
def offers_panel(context, borrower):
    """What this borrower may be told of now, with the script, or why not."""
    on, request = timezone.localdate(), context["request"]
    rows = offers.offers_of(borrower, on=on)
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "rights": context["rights"],
        "borrower": borrower,
        "offers": [(offer, offers.as_told(codes, request.user)) for offer, codes in rows],
    }
