"""Measures what came of a fix, week by week, and says so only when it is time to say it."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from feedback.actions.improvements import counting, facts
from feedback.domain import improvements
from feedback.domain.improvements import intervals
from feedback.domain.improvements.states import MEASURED, VERDICTS
from feedback.models import FactDay, Improvement, Measurement
from servicing.actions import ledger


def measure(*, by, at, until=None):
    """Measure every fix of which another whole week is over and added up; how many measurements were made."""
    on, made = timezone.localdate(at), 0
    facts.gather(at=at, until=until)  # what came since is added up before anything is counted
    for pk in Improvement.objects.measured().order_by("pk").values_list("pk", flat=True):
        made += measure_one(pk, on=on, by=by, at=at)
    return made


@transaction.atomic
def measure_one(pk, *, on, by, at):
    """The looks of one improvement that were not made yet and the newest week; how many."""
    rows = Improvement.objects.select_for_update(skip_locked=True, of=("self",)).select_related("obstacle")
    improvement = rows.filter(pk=pk, status__in=MEASURED).first()
    if improvement is None or not (improvement.fixed_on and improvement.weeks):
        return 0
    if is_adding_up(improvement.fixed_on, on=on):
        return 0
    done = improvement.measurements.filter(fixed_on=improvement.fixed_on).values_list("weeks", flat=True)
    passed = improvements.whole_weeks(improvement.fixed_on, today=on)
    wanted = improvements.due_looks(passed, improvement.weeks, done=done)
    for weeks in wanted:
        write(improvement, weeks, on=on, by=by, at=at)
    return len(wanted)


def is_adding_up(fixed_on, *, on):
    """Whether a day that would be counted still has to be added up."""
    longest = timedelta(weeks=improvements.LONGEST)
    span = (fixed_on - longest, min(fixed_on + longest, on - timedelta(days=1)))
    return FactDay.objects.filter(day__range=span, is_due=True).exists()


def write(improvement, weeks, *, on, by, at):
    """Freeze one comparison, and move the improvement where it says something."""
    spans = improvements.windows(improvement.fixed_on, weeks)
    unit, effect, by_week, alarm = compared(improvement, spans, on=on)
    planned = improvement.weeks
    is_look = improvements.is_look(weeks, planned) and improvement.status != Improvement.Status.PROVEN
    verdict = intervals.verdict(effect, alarm=alarm, is_look=is_look)
    # What is proven is watched on: a relapse alarms, and nothing else is judged again.
    is_proven = Improvement.Status.PROVEN in (improvement.status, verdict)
    row = Measurement.objects.create(
        improvement=improvement, fixed_on=improvement.fixed_on, weeks=weeks, unit=unit, at=at,
        verdict=verdict, more_weeks=0 if is_proven else improvements.more_weeks(weeks, planned),
        by_week=by_week, **numbers(effect),
    )  # fmt: skip
    if verdict in VERDICTS:
        improvement.status, improvement.changed_at = verdict, at
        improvement.save(update_fields=["status", "changed_at"])
    detail = {"weeks": weeks, "verdict": verdict, "ratio": [row.ratio, row.ratio_low, row.ratio_high]}
    ledger.record(what="improvement.measured", target=improvement, by=by, at=at, detail=detail)


def compared(improvement, spans, *, on):
    """(unit, comparison, weeks to draw, the same comparison with the interval of the alarm)."""
    signatures = counting.signatures_of(improvement.obstacle)
    whole = (spans[0].first, spans[1].last)
    hits, tries = counting.hits(signatures, whole, on=on), counting.tries(signatures, whole)
    before, after = intervals.sides(hits, tries, spans)
    design = intervals.design_effect(hits, tries, spans)
    effect = intervals.compare(before, after, design=design)
    alarm = intervals.compare(before, after, design=design, level=intervals.ALARM)
    rows = intervals.weekly(hits, tries, spans, design=design)
    by_week = [(first.isoformat(), *rest) for first, *rest in rows]
    return counting.unit_of(signatures), effect, by_week, alarm


def numbers(effect):
    """The comparison as the columns of its row."""
    (ratio, *ratio_limits), (difference, *limits) = effect.ratio, effect.difference
    return {
        "tried_before": effect.before.tried,
        "met_before": effect.before.hits,
        "tried_after": effect.after.tried,
        "met_after": effect.after.hits,
        "design": effect.design,
        "ratio": ratio,
        "ratio_low": ratio_limits[0],
        "ratio_high": ratio_limits[1],
        "difference": difference,
        "difference_low": limits[0],
        "difference_high": limits[1],
    }
