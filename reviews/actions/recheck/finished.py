"""Finds the finished runs over all borrowers, which say on what days everybody was judged."""

from datetime import date

from django.db import connection

from servicing.models import Run

KIND = "recheck"
# As `whole_runs` finds them; asked for with every event.
WHOLE = """
kind = 'recheck' and status = 'done' and params -> 'borrower' = 'null' and result -> 'borrowers' > '0'"""
NEWEST = f"""
(select (params ->> 'as_of')::date from servicing_run where {WHOLE} {{condition}}
 order by params -> 'as_of' desc limit 1)"""  # noqa: S608 - our own words
BEFORE = "and params -> 'as_of' < to_jsonb(%(day)s::text)"
ANEW = "and not params ? 'since'"
UP_TO = f"{ANEW} and params -> 'as_of' <= to_jsonb(%(day)s::text)"


def whole_runs():
    """Runs over all borrowers that have come to their end; one that found nobody has judged nothing."""
    return Run.objects.filter(
        kind=KIND, status=Run.Status.DONE, params__borrower=None, result__borrowers__gt=0
    )


def newest_day(*, before=None):
    """The day of the newest finished run over all borrowers (of a day before), or None."""
    return _newest(BEFORE if before else "", day=before)[0]


def first_day(day):
    """The day of the newest finished run that judged everybody anew, up to a day: no older row stands."""
    return _newest(UP_TO, day=day)[0] or date.min


def days(day):
    """The newest day, and the first days of it and of this one, in one look."""
    newest, *first = _newest("", ANEW, UP_TO, day=day)
    return newest, *(each or date.min for each in first)


def _newest(*conditions, day=None):
    """The newest day of a finished run over all borrowers under each of some conditions, or None."""
    asked = ", ".join(NEWEST.format(condition=condition) for condition in conditions)
    with connection.cursor() as cursor:
        cursor.execute(f"select {asked}", {"day": day and day.isoformat()})
        return cursor.fetchone()
