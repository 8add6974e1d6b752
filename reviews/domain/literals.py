"""The only names and numbers of rules and cards that may become SQL: features by name, plain integers."""

from reviews.domain.features import BY_CODE as FEATURES

LARGEST = 1_000_000_000


class BadRule(ValueError):
    """A rule or card that must be neither kept nor compiled: `code` says why, `what` is the trouble.

    `place` are the names that lead to the trouble, where there is more than one place for it.
    """

    def __init__(self, code, what, place=()):
        super().__init__(f"{code}: {what!r}")
        self.code, self.what, self.place = code, what, place


def known(feature):
    """Raise BadRule for what is not the name of a feature."""
    if not isinstance(feature, str) or feature not in FEATURES:
        raise BadRule("feature", feature)


def whole(number, *, name="number", among=range(-LARGEST, LARGEST + 1)):
    """Raise BadRule for what is no plain integer of the range: a bool or decimal is none."""
    if not is_whole(number, among=among):
        raise BadRule(name, number)


def is_whole(number, *, among=range(-LARGEST, LARGEST + 1)):
    return type(number) is int and number in among
