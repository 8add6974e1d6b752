"""When a row comes to count for more or for less while the days go by and nobody says anything.

An edge is SQL over the columns of the row's source (reviews/actions/features.py): days from the day of
judgement on, null where it lies behind. Features by which a row leaves a window say so themselves.
"""

from reviews.domain.features import FEATURES

# (source, kinds of its rows, edge)
EDGES = (
    # The days of grace run out.
    ("arrears", ("all",), "case when counts_in > 0 then counts_in end"),
    # What the lender said last is too old to be true.
    ("observations", ("overdue", "balance"), "case when is_latest and is_current then %(stale)s - age end"),
    (
        "observations",
        ("overdue",),
        "case when ended_on > %(as_of)s::date then ended_on - %(as_of)s::date end",
    ),
    ("observations", ("record", "guarantee"), "nullif(greatest(lapses_on - %(as_of)s::date, 0), 0)"),
    # What was known of a balance half a year ago: it comes in, and the next word or its age puts it out.
    (
        "observations",
        ("balance",),
        "case when known_on > %(as_of)s::date - 180 then known_on - (%(as_of)s::date - 180) end",
    ),
    (
        "observations",
        ("balance",),
        "case when was_latest then least(superseded_on, observed_on + %(stale)s) + 180 - %(as_of)s::date end",
    ),
)
# Of all rows of a source together: the newest goes stale, and then nothing is known any more.
OF_ALL = {"observations": "%(stale)s - min(age)"}


def windows(source, kind) -> tuple[int, ...]:
    """The ages at which a row of this kind leaves some feature, youngest first."""
    return tuple(sorted({f.window for f in FEATURES if f.source == source and f.of == kind and f.window}))


def kinds(source) -> tuple[str, ...]:
    """The kinds of rows of a source that have an edge; "all" where it has but one."""
    of_windows = [f.of for f in FEATURES if f.source == source and f.of]
    of_others = [kind for name, some, _edge in EDGES if name == source for kind in some]
    return tuple(dict.fromkeys(of_windows + of_others))


def others(source, kind) -> tuple[str, ...]:
    """The edges of such a row that no window makes."""
    return tuple(edge for name, some, edge in EDGES if name == source and kind in some)
