"""The card as a table to fill in: rows that buttons add and take away, each trouble said at its cell."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reviews.domain import scoring
from reviews.domain.features import BY_CODE, FEATURES
from reviews.templatetags.rules import feature_name, feature_value
from servicing.forms.ledger import PurposeField

NUMBERS = ("base", *scoring.BANDS[:-1])
MOST_ROWS = scoring.BINS[-1]


def card_objection(bad):
    """Why a card is refused, as a sentence about what is wrong at its place."""
    words = {
        "feature": _("There is no feature “%(what)s”."),
        "twice": _("The feature “%(what)s” is there already."),
        "scales": _("A card needs at least one feature."),
        "bins": _("A feature has one to twelve rows."),
        "limit": _("Say up to which value. Only the last row has no limit."),
        "gap": _("What is more lies in no row: leave the limit of the last row empty."),
        "overlap": _("It overlaps the row above: it must be more than %(what)s."),
        "points": _("Points are a whole number from -1000 to 1000."),
        "bound": _("This is no whole number."),
        "bounds": _("The band in the middle cannot end below the low one."),
    }
    text = words.get(bad.code, _("“%(what)s” cannot be part of a card."))
    return text % {"what": said(bad)}


def said(bad):
    """What the trouble is, as people read it."""
    if bad.code == "overlap":
        return feature_value(bad.what, bad.place[0])
    return feature_name(bad.what) if isinstance(bad.what, str) else bad.what


class CardTable:
    """What stands in the table, word by word: `numbers` by name, `scales` by feature as JSON has them."""

    def __init__(self, numbers, scales):
        self.numbers, self.scales = numbers, scales

    @classmethod
    def of(cls, card):
        """As the table begins with a card; without one it is empty."""
        if card is None:
            return cls({}, {})
        return cls(dict(zip(NUMBERS, (card.base, *card.bounds), strict=True)), scoring.written(card.scales))

    @classmethod
    def typed(cls, data):
        """As somebody sent it. No more rows are read than one too many, which is said then."""
        codes = [name.removesuffix("-feature") for name in data if name.endswith("-feature")]
        scales = {}
        for code in codes[: len(FEATURES) + 1]:
            rows = [row for row in range(1, MOST_ROWS + 2) if f"{code}-{row}-points" in data]
            scales[code] = {
                "missing": data.get(f"{code}-missing", ""),
                "bins": [
                    [data.get(f"{code}-{row}-{part}", "") for part in ("upper", "points")] for row in rows
                ],
            }
        return cls({name: data.get(name, "") for name in NUMBERS}, scales)

    def words(self):
        """{name of a field: what stands in it}."""
        found = dict(self.numbers)
        for code, scale in self.scales.items():
            found |= {f"{code}-feature": code, f"{code}-missing": scale["missing"]}
            for row, (upper, points) in enumerate(scale["bins"], start=1):
                found |= {f"{code}-{row}-upper": upper, f"{code}-{row}-points": points}
        return found

    def press(self, button, *, another=""):
        """Do what a button of the table says; the name of the field to go on from."""
        verb, code, row = [*button.split(":"), "", ""][:3]
        if verb == "take" and another in BY_CODE and another not in self.scales:
            self.scales[another] = {"missing": "", "bins": [["", ""]]}
            return f"{another}-1-points"
        if verb == "leave":
            self.scales.pop(code, None)
        bins = self.scales.get(code, {"bins": []})["bins"]
        if row not in map(str, range(1, len(bins) + 1)):
            return "another"
        return f"{code}-{self.press_row(verb, bins, int(row))}"

    def press_row(self, verb, bins, row):
        if verb == "split" and len(bins) < MOST_ROWS:
            bins.insert(row - 1, ["", ""])
        elif verb == "drop" and len(bins) > 1:
            del bins[row - 1]
            # What is more has to lie somewhere: the row that is last now takes it.
            if row > len(bins):
                bins[-1][0] = ""
        return f"{min(row, len(bins))}-upper"


class NumberField(forms.IntegerField):
    """A whole number in a cell; a box of words, so that what is no number comes back with its trouble."""

    def __init__(self, label, *, wrong, **given):
        widget = forms.TextInput(attrs={"autocomplete": "off", "maxlength": 11})
        super().__init__(label=label, widget=widget, error_messages={"invalid": wrong}, **given)


class CardForm(forms.Form):
    """A table as a form; `scales` for the page, `cleaned_data` for the draft."""

    use_required_attribute = False

    base = NumberField(_("Begins with"), wrong=_("Points are a whole number from -1000 to 1000."))
    low = NumberField(_("Low up to"), wrong=_("This is no whole number."))
    middle = NumberField(_("Middle up to"), wrong=_("This is no whole number."))

    def __init__(self, table, *, is_sent=False, spot=""):
        words = table.words()
        super().__init__(words if is_sent else None, initial=words)
        self.table = table
        free = [(code, feature_name(code)) for code in BY_CODE if code not in table.scales]
        choices = [("", _("Choose…")), *free]
        self.fields["another"] = forms.ChoiceField(
            label=_("Another feature"), choices=choices, required=False
        )
        for code, scale in table.scales.items():
            self.add_scale(code, len(scale["bins"]))
        if spot in self.fields:
            self.fields[spot].widget.attrs["autofocus"] = True

    def add_scale(self, code, rows):
        each = {"feature": feature_name(code)}
        points = _("Points are a whole number from -1000 to 1000.")
        self.fields[f"{code}-feature"] = forms.CharField(widget=forms.HiddenInput)
        for row in range(1, rows + 1):
            each["row"] = row
            label = gettext("%(feature)s, row %(row)s: up to") % each
            upper = NumberField(label, wrong=_("This is no whole number."), required=False)
            self.fields[f"{code}-{row}-upper"] = upper
            label = gettext("%(feature)s, row %(row)s: points") % each
            self.fields[f"{code}-{row}-points"] = NumberField(label, wrong=points)
        missing = NumberField(gettext("%(feature)s: points where it is not known") % each, wrong=points)
        missing.error_messages["required"] = _("Say how many points it gives where it is not known.")
        self.fields[f"{code}-missing"] = missing

    @property
    def scales(self):
        """For the page: {"code", "feature", "rows": [{"number", "upper", "points"}], "missing", …}."""
        return [self.scale(code, len(scale["bins"])) for code, scale in self.table.scales.items()]

    def scale(self, code, rows):
        return {
            "code": code,
            "unit": BY_CODE[code].unit if code in BY_CODE else "",
            "is_asked": code in BY_CODE and BY_CODE[code].source == "observations",
            "feature": self[f"{code}-feature"],
            "missing": self[f"{code}-missing"],
            "rows": [
                {"number": row, "upper": self[f"{code}-{row}-upper"], "points": self[f"{code}-{row}-points"]}
                for row in range(1, rows + 1)
            ],
            "is_full": rows >= MOST_ROWS,
        }

    def clean(self):
        given = super().clean() or {}
        bins = {
            code: {
                "missing": given.get(f"{code}-missing"),
                "bins": [
                    [given.get(f"{code}-{row}-{part}") for part in ("upper", "points")]
                    for row in range(1, len(scale["bins"]) + 1)
                ],
            }
            for code, scale in self.table.scales.items()
        }
        numbers: list[Any] = [given.get(name) for name in NUMBERS]
        base, bounds = numbers[0], numbers[1:]
        card = scoring.Scorecard(1, "expert", base, scoring.read(bins), tuple(bounds))
        for trouble in scoring.troubles(card):
            self.say(trouble)
        return {"base": base, "bins": bins, "bounds": bounds}

    def say(self, trouble):
        """At its cell; a cell that holds no number has said so already."""
        name = "-".join(map(str, trouble.place))
        if name not in self.fields:
            self.add_error(None, card_objection(trouble))
        elif name not in self.errors:
            self.add_error(name, card_objection(trouble))


class ProposeCardForm(forms.Form):
    """Why a version of the card should be put in force."""

    purpose = PurposeField()
