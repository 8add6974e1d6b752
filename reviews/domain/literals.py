"""The only names and numbers of rules and cards that may become SQL: features by name, plain integers."""

from reviews.domain.features import BY_CODE as FEATURES

LARGEST = 1_000_000_000


class BadRule(ValueError):
    """A rule or card that must be neither kept nor compiled: `code` says why, `what` is the trouble."""

    def __init__(self, code, what):
        super().__init__(f"{code}: {what!r}")
        self.code, self.what = code, what


def known(feature):
    """Raise BadRule for what is not the name of a feature."""
    if not isinstance(feature, str) or feature not in FEATURES:
        raise BadRule("feature", feature)


def whole(number, *, name="number", among=range(-LARGEST, LARGEST + 1)):
    """Raise BadRule for what is no plain integer of the range: a bool or decimal is none."""
    if type(number) is not int or number not in among:
        raise BadRule(name, number)
