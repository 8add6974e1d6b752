"""Words for versions of rules and cards: both languages, differences, bins, and what features come from."""

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.translation import get_language, gettext, gettext_lazy, override

from reviews.domain import scoring
from reviews.templatetags.rules import condition_sentence, feature_name, feature_value, sentence

register = template.Library()

SIGNS = {
    ">=": gettext_lazy("is at least"),
    ">": gettext_lazy("is more than"),
    "<=": gettext_lazy("is at most"),
    "<": gettext_lazy("is less than"),
    "=": gettext_lazy("is exactly"),
}
ACTS = {
    "activate": gettext_lazy("put this version in force"),
    "restore": gettext_lazy("put this older version in force again"),
    "retire": gettext_lazy("put the rule out of force"),
}
BANDS = {"low": gettext_lazy("low"), "middle": gettext_lazy("middle"), "high": gettext_lazy("high")}
UNITS = {
    "loans": gettext_lazy("loans"),
    "days": gettext_lazy("days"),
    "percent": gettext_lazy("percent"),
    "payments": gettext_lazy("payments"),
    "inquiries": gettext_lazy("inquiries"),
    "lenders": gettext_lazy("lenders"),
    "yuan": gettext_lazy("yuan"),
    "records": gettext_lazy("records"),
    "claims": gettext_lazy("claims"),
}
SOURCES = {
    "settlements": gettext_lazy("our settled loans"),
    "loans": gettext_lazy("our later loans"),
    "arrears": gettext_lazy("our open loans that are late"),
    "failures": gettext_lazy("our failed payments"),
    "observations": gettext_lazy("what others know"),
}


@register.filter
def act_words(act):
    return ACTS[act]


@register.filter
def band_words(band):
    return BANDS[band]


@register.filter
def unit_words(unit):
    return UNITS[unit]


@register.filter
def source_words(source):
    return SOURCES[source]


@register.filter
def both(version):
    """What a version says in the language of the reader, and below it in the other one."""
    conditions = version["conditions"] if isinstance(version, dict) else version.conditions
    other = next(code for code, _name in settings.LANGUAGES if code != get_language())
    with override(other):
        there = sentence(conditions)
    return format_html('{}<br><span class="soft" lang="{}">{}</span>', sentence(conditions), other, there)


@register.filter
def version_name(told):
    """The name of a version that a proposal froze, in the language of the reader."""
    return told["name_zh" if (get_language() or "").startswith("zh") else "name_en"]


@register.simple_tag
def differences(before, after):
    """What another version changes, in sentences; both as `told` has them."""
    said = []
    for words, name in ((gettext("Chinese name"), "name_zh"), (gettext("English name"), "name_en")):
        if before[name] != after[name]:
            said.append(becomes(words, before[name], after[name]))
    old, new = (
        {(c["feature"], c["op"]): c["threshold"] for c in told["conditions"]} for told in (before, after)
    )
    for (feature, op), was in old.items():
        if (feature, op) not in new:
            condition = condition_sentence(feature, op, was)
            said.append(gettext("No longer asked: %(condition)s.") % {"condition": condition})
        elif was != new[feature, op]:
            values = (feature_value(number, feature) for number in (was, new[feature, op]))
            said.append(becomes(f"{feature_name(feature)} {SIGNS[op]}", *values))
    for (feature, op), now in new.items():
        if (feature, op) not in old:
            condition = condition_sentence(feature, op, now)
            said.append(gettext("Newly asked: %(condition)s.") % {"condition": condition})
    if before["priority"] != after["priority"]:
        said.append(becomes(gettext("Priority"), before["priority"], after["priority"]))
    return said


def becomes(what, was, now):
    return gettext("%(what)s: %(was)s becomes %(now)s.") % {"what": what, "was": was, "now": now}


@register.filter
def bin_rows(scale):
    """The bins of one feature as rows (words, points), the unknown last."""
    is_only = len(scale.bins) == 1
    rows = [(bin_words(each.upper, scale.feature, is_only=is_only), each.points) for each in scale.bins]
    return [*rows, (feature_value(None, scale.feature), scale.missing)]


def bin_words(upper, feature, *, is_only):
    """Which values lie in a row, read after the row above it."""
    if upper is None:
        return gettext("any value") if is_only else gettext("more")
    return gettext("up to %(value)s") % {"value": feature_value(upper, feature)}


@register.simple_tag
def card_changes(before, after):
    """What a card changes in another, both as `told` has them: {"said", "changed", "same"}.

    What is said are sentences about its other numbers. A scale is {"feature", "word", "rows": [(values in
    words, points before, points after)]}.
    """
    scales = [beside_scale(*pair) for pair in scale_pairs(before, after)]
    return {
        "said": [becomes(*each) for each in number_pairs(before, after) if each[1] != each[2]],
        "changed": [scale for scale in scales if scale["word"]],
        "same": [scale for scale in scales if not scale["word"]],
    }


def number_pairs(before, after):
    """The numbers that a card has beside its scales: (what, before, after)."""
    yield gettext("Begins with"), before["base"], after["base"]
    for number, band in enumerate(("low", "middle")):
        words = gettext("Largest score of the band “%(band)s”") % {"band": band_words(band)}
        yield words, before["bounds"][number], after["bounds"][number]


def scale_pairs(before, after):
    """Both versions of each feature's scale, those of the newer card first; None where there is none."""
    was, now = ({scale.feature: scale for scale in scoring.read(told["bins"])} for told in (before, after))
    return [(was.get(feature), now.get(feature)) for feature in {**now, **was}]


def beside_scale(was, now):
    feature, bins = (now or was).feature, scoring.beside(was, now)
    rows = [(bin_words(upper, feature, is_only=len(bins) == 1), *points) for upper, *points in bins]
    rows.append((feature_value(None, feature), was and was.missing, now and now.missing))
    word = ""
    if was != now:
        word = gettext("changed") if was and now else gettext("new") if now else gettext("left out")
    return {"feature": feature_name(feature), "word": word, "rows": rows}


@register.simple_tag
def moves_table(effect):
    """Who would move: {"moved", "rows": [(band before, all, [(borrowers, stays)])], "bands"}."""
    counts = {(was, now): number for was, now, number in effect["moves"]}
    bands = {number: band_words(code) for number, code in enumerate(BANDS)}
    before = {None: gettext("no points")} | bands if any(was is None for was, _now in counts) else bands
    rows = []
    for was, words in before.items():
        cells = [(counts.get((was, now), 0), was == now) for now in bands]
        rows.append((words, sum(number for number, _stays in cells), cells))
    moved = sum(number for (was, now), number in counts.items() if was != now)
    return {"moved": moved, "rows": rows, "bands": list(bands.values())}
