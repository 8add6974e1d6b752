"""Measures a campaign: whoever was drawn and offered something against whoever was drawn and held out.

By intention to treat: all who were drawn count where the draw put them, whether they answered or not.
"""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from feedback.actions.loyalty.passing import each
from feedback.domain.improvements import intervals
from feedback.domain.improvements.intervals import Side
from feedback.domain.improvements.windows import CONFIDENCE
from feedback.domain.loyalty import effect
from feedback.domain.loyalty.effect import Difference, Person
from feedback.models import Campaign, CampaignResult
from servicing.actions import ledger, periods
from servicing.actions.processing import RESTRICTED

# Loans that began after the draw, in yuan. A loan has brought what was paid beyond its principal once its
# borrower has repaid it, and while it is open its yearly rate on the principal for the days so far; nothing
# where somebody else paid. Past due is what an instalment in force asks and nobody has cleared.
OUTCOMES = f"""
with drawn as (
    select borrower_id, status = 'held_out' as is_held, status = 'accepted' as is_accepted, drawn_on
    from feedback_offer where campaign_id = %(campaign)s and drawn_on <= %(on)s
      and borrower_id not in ({RESTRICTED.format(day="%(on)s::date")})
),
taken as (
    select d.borrower_id, s.worst_dpd,
           case when s.kind in ('normal', 'early', 'late') then greatest(s.paid - s.overpaid - l.principal, 0)
                when s.loan_id is null then l.principal * coalesce(l.annual_rate, 0)
                    * (%(on)s::date - l.disbursed_on) / 365
                else 0 end as interest,
           coalesce((select sum(i.amount) from servicing_instalment i
                     where i.loan_id = l.id and i.replaced_on is null
                       and (i.cleared_on is null or i.cleared_on > %(on)s::date)
                       and i.due_on + i.grace_days < %(on)s::date), 0) as late
    from drawn d
    join servicing_loan l on l.borrower_id = d.borrower_id and l.currency = 'CNY'
     and l.disbursed_on > d.drawn_on and l.disbursed_on <= %(on)s::date
    left join servicing_settlement s on s.loan_id = l.id and s.superseded_at is null
     and s.settled_on <= %(on)s::date
),
summed as (
    select borrower_id, round(sum(interest)) as interest, round(sum(late)) as late,
           bool_or(late > 0 or coalesce(worst_dpd, 0) > 0) as overdue
    from taken group by borrower_id
)
select is_held, t.borrower_id is not null, coalesce(t.overdue, false), coalesce(t.interest, 0),
       coalesce(t.late, 0), is_accepted, count(*)
from drawn left join summed t using (borrower_id) group by 1, 2, 3, 4, 5, 6"""  # noqa: S608 - our own names


def outcomes(campaign, *, on):
    """(offered, held out): what became of those who were drawn, each a Counter of Person."""
    share = Decimal(periods.value("measure.loss", on=on)) / 100
    groups: tuple[Counter, Counter] = (Counter(), Counter())
    with connection.cursor() as cursor:
        cursor.execute(OUTCOMES, {"campaign": campaign.pk, "on": on})
        for is_held, returned, overdue, interest, late, is_accepted, count in cursor:
            cost = campaign.cost if is_accepted else Decimal(0)
            groups[is_held][Person(returned, overdue, interest, late * share, cost)] += count
    return groups


def share(ours, theirs, of):
    """How many percentage points more are so in one Counter of Person than in another, with exact limits."""
    if min(ours.total(), theirs.total()) < effect.LEAST:
        return Difference()
    one, other = (Side(group.total(), count(group, of)) for group in (ours, theirs))
    return Difference(*(100 * end for end in intervals.difference(other, one)))


def count(group, of):
    return sum(number for person, number in group.items() if getattr(person, of))


def average(ours, theirs):
    """How many yuan more one Counter of Person brings a person than another, by Welch's t."""
    import numpy
    from scipy import stats

    if min(ours.total(), theirs.total()) < effect.LEAST:
        return Difference()
    returned, overdue = (count(ours + theirs, of) for of in ("returned", "overdue"))
    events = min(returned, overdue or returned)
    if not effect.are_enough(events, ours.total(), theirs.total()):
        return Difference()
    one, other = (
        numpy.repeat([float(person.net) for person in group], list(group.values()))
        for group in (ours, theirs)
    )
    # Where nobody differs from anybody there is nothing to be uncertain about, and no interval either.
    if one.std() == other.std() == 0:
        return Difference()
    ends = stats.ttest_ind(one, other, equal_var=False).confidence_interval(CONFIDENCE)
    return Difference(float(one.mean() - other.mean()), float(ends.low), float(ends.high))


def compared(ours, theirs):
    """{measure: Difference}."""
    return {
        "lift": share(ours, theirs, "returned"),
        "overdue": share(ours, theirs, "overdue"),
        "net": average(ours, theirs),
    }


def summary(group):
    """The sums that a page shows of a group."""
    people = list(group.items())
    sums = {name: str(sum((getattr(p, name) * n for p, n in people), Decimal(0))) for name in
            ("interest", "loss", "cost", "net")}  # fmt: skip
    counts = {name: count(group, name) for name in ("returned", "overdue")}
    return {"people": group.total(), **counts, **sums}


@transaction.atomic
def measure(*, campaign, on, by, at):
    """Freeze what a campaign has changed by a day; one that is measured already stays as it is."""
    there = CampaignResult.objects.filter(campaign=campaign, on=on).first()
    if there:
        return there
    ours, theirs = outcomes(campaign, on=on)
    found = compared(ours, theirs)
    groups = {"offered": summary(ours), "held_out": summary(theirs)}
    rate = groups["held_out"]["returned"] / theirs.total() if theirs.total() else 0.5
    wanted = effect.needed(
        rate, periods.value("measure.lift", on=on), held_percent=campaign.held_percent
    )  # fmt: skip
    drawn, look = ours.total() + theirs.total(), is_look(campaign, on=on)
    verdict = effect.verdict(found["lift"], is_look=look, drawn=drawn, wanted=wanted)
    ends = {
        column: value
        for name, each in found.items()
        for column, value in ((name, each.value), (f"{name}_low", each.low), (f"{name}_high", each.high))
    }
    row, is_new = CampaignResult.objects.get_or_create(
        campaign=campaign, on=on,
        defaults={"at": at, "verdict": verdict, "needed": wanted, "groups": groups} | ends,
    )  # fmt: skip
    if is_new:
        detail = {"campaign": str(campaign), "verdict": verdict}
        ledger.record(what="campaign.measured", target=row, by=by, at=at, detail=detail)
    return row


def is_look(campaign, *, on):
    """Whether this is the first measurement after the day that was approved as the last one: no stop, however
    the numbers stood, brings it forward.
    """
    return on > campaign.ends_on and not campaign.measurements.filter(on__gt=campaign.ends_on).exists()


def due(*, on):
    """Campaigns that are to be measured again: begun, not long over, and not measured lately."""
    every, after = (timedelta(days=periods.value(f"measure.{name}", on=on)) for name in ("every", "after"))
    lately = CampaignResult.objects.filter(campaign=OuterRef("pk"), on__gt=on - every)
    rows = Campaign.objects.filter(~Exists(lately), drawn_on__lt=on, ends_on__gte=on - after)
    return rows.filter(~Q(status=Campaign.Status.DRAFT)).order_by("pk")


def measure_due(*, on, by, at, until=None):
    """Measure what is due; how many."""

    def measured(campaign):
        measure(campaign=campaign, on=on, by=by, at=at)
        return 1

    return each(due(on=on), measured, until=until)
