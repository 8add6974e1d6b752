"""How those who stand on a day add up: their share of the portfolio facts, and one digest of their rows."""

from reviews.actions import scoring
from reviews.domain.features import FEATURES, TICKING

# Of `standing`, the rows that stand on the day; and what became of whom another row stood for on the day of
# the run before. A month begins without a look at any time zone.
SHARED = """
before as (
    {rows}
),
shared as (
    insert into reviews_portfolioshare (shard_id, product_id, cohort, band, band_before, borrowers)
    select %(shard)s, s.product_id,
           date_trunc('month', (s.as_of - s.days_since_payoff)::timestamp)::date, {band},
           case when s.as_of <= %(before)s::date then {band} else {band_before} end, count(*)
    from standing s left join before b on b.borrower_id = s.borrower_id
                                      and (b.holds_until is null or b.holds_until > %(before)s::date)
    group by 2, 3, 4, 5
)"""
BEFORE = """select distinct on (borrower_id) borrower_id, score, edition, holds_until from reviews_snapshot
    where as_of between %(since_before)s::date and %(before)s::date
      and borrower_id between %(low)s and %(high)s {among}
    order by borrower_id, as_of desc"""
# Where nobody has a row but of that very day, there is nothing to sort.
OF_ONE_DAY = """select borrower_id, score, edition, holds_until from reviews_snapshot
    where as_of = %(before)s::date and borrower_id between %(low)s and %(high)s"""
# Who was judged since; another's row from before is his own past.
SINCE = "and borrower_id in (select borrower_id from standing where as_of > %(before)s::date)"


def shared(ruleset, spans, *, is_one_day, is_anew):
    """The part of a statement that writes the share of a range; judged anew, nobody's row is from before.

    `spans` are those of all cards there ever were, for a row from before is one of them.
    """
    return SHARED.format(
        rows=OF_ONE_DAY if is_one_day else BEFORE.format(among="" if is_anew else SINCE),
        band=scoring.band(ruleset.card, "s.score"),
        band_before=scoring.band_then(spans, "b.score", "b.edition"),
    )


def figure(feature):
    """A feature as of the day, though its row was written before."""
    code = feature.code
    if code not in TICKING:
        return code
    return f"{code} + case when {code} >= {TICKING[code]:d} then %(as_of)s::date - as_of else 0 end"


FIGURES = ", ".join(map(figure, FEATURES))
# Equal rows have equal digests, whichever day they were written on.
DIGEST = f"sum(hash_record_extended(row(borrower_id, {FIGURES}, fired, score, edition), 0))::text"
