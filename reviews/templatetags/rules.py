"""Words for rules and features: names, units, the rule as one sentence, the evidence as rows."""

from django import template
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.utils.translation import gettext as in_words  # of words that the registry marks

from reviews.domain.features import BY_CODE as FEATURES
from servicing.templatetags.faces import lateness

register = template.Library()

COMPARISONS = {
    ">=": gettext_lazy("%(feature)s is at least %(value)s"),
    ">": gettext_lazy("%(feature)s is more than %(value)s"),
    "<=": gettext_lazy("%(feature)s is at most %(value)s"),
    "<": gettext_lazy("%(feature)s is less than %(value)s"),
    "=": gettext_lazy("%(feature)s is exactly %(value)s"),
}


UNITS = {
    "percent": lambda n: gettext("%(number)s%%") % {"number": n},
    "days": lambda n: ngettext("%(number)s day", "%(number)s days", abs(n)) % {"number": n},
    "loans": lambda n: ngettext("%(number)s loan", "%(number)s loans", n) % {"number": n},
    "payments": lambda n: ngettext("%(number)s payment", "%(number)s payments", n) % {"number": n},
    "inquiries": lambda n: ngettext("%(number)s inquiry", "%(number)s inquiries", n) % {"number": n},
    "lenders": lambda n: ngettext("%(number)s lender", "%(number)s lenders", n) % {"number": n},
    "yuan": lambda n: gettext("¥%(number)s") % {"number": f"{n:,}"},
    "records": lambda n: ngettext("%(number)s record", "%(number)s records", n) % {"number": n},
    "claims": lambda n: ngettext("%(number)s claim", "%(number)s claims", n) % {"number": n},
}


@register.filter
def rule_name(code, names):
    """The name of a rule among `names` by code."""
    return names.get(code, code)


@register.filter
def feature_name(code):
    """What the registry calls a feature; one that the house no longer has keeps its code."""
    return in_words(FEATURES[code].name) if code in FEATURES else code


@register.filter
def feature_meaning(code):
    return in_words(FEATURES[code].meaning) if code in FEATURES else ""


@register.filter
def feature_value(value, code):
    """A number with the unit of its feature; what is not known reads as such."""
    if value is None:
        return gettext("never") if code == "quickest_return" else gettext("not known")
    if code == "last_days_late" and value < 0:
        return lateness(value)
    unit = FEATURES[code].unit if code in FEATURES else ""
    return UNITS[unit](value) if unit in UNITS else str(value)


def condition_sentence(feature, op, threshold):
    """One condition in words, without a full stop."""
    return COMPARISONS[op] % {
        "feature": feature_name(feature),
        "value": feature_value(threshold, feature),
    }


@register.filter
def sentence(conditions):
    """All conditions of a rule, as the domain or as JSON has them, as one sentence."""
    said = ""
    for part in map(_parts, conditions):
        words = condition_sentence(*part)
        said = (
            gettext("%(first)s and %(second)s") % {"first": said, "second": _inside(words)} if said else words
        )
    return gettext("%(sentence)s.") % {"sentence": said}


def _inside(said):
    """A condition in the middle of a sentence begins small."""
    return said[:1].lower() + said[1:]


def _parts(condition):
    if isinstance(condition, dict):
        return condition["feature"], condition["op"], condition["threshold"]
    return condition.feature, condition.op, condition.threshold


@register.filter
def evidence_rows(alert):
    """Rows of an alert (or of a dict of `Decision.seen`) for the page: then beside now.

    {"feature", "asked", "then", "now", "has_changed"}, all but the last in words.
    """
    evidence, latest = (
        (alert["evidence"], alert["latest"]) if isinstance(alert, dict) else (alert.evidence, alert.latest)
    )
    asked = {part["feature"]: part for part in latest["conditions"]}
    rows = []
    for feature, now in latest["values"].items():
        then, part = evidence["values"].get(feature), asked.get(feature)
        rows.append(
            {
                "feature": feature_name(feature),
                "asked": part and condition_sentence(part["feature"], part["op"], part["threshold"]),
                "then": feature_value(then, feature),
                "now": feature_value(now, feature),
                "has_changed": then != now,
            }
        )
    return rows
