"""The figures of a neutral case, ready for JSON: amounts are texts with two decimals."""

from dataclasses import asdict
from datetime import date
from decimal import Decimal

from servicing.domain.archive.account import REVERSAL, Account, fold, opened
from servicing.domain.archive.arrears import follow, remaining, standing
from servicing.domain.archive.case import Case, read
from servicing.domain.archive.classes import grade
from servicing.domain.archive.facts import ZERO
from servicing.domain.archive.reading import Wrong
from servicing.domain.archive.replanning import divided
from servicing.domain.archive.schedule import Row, ScheduleError
from servicing.domain.archive.settlement import is_repaid_by_borrower, settle


def check(value):
    """The report of one case, or a list of reports for a list of cases. Raises Wrong."""
    if isinstance(value, list):
        return [report(item, f"[{spot}]") for spot, item in enumerate(value)]
    return report(value)


def report(value, path: str = "") -> dict:
    case = read(value, path)
    try:
        account = fold(opened(case.terms, case.conventions), case.events)
        days = [day_of(case, state, on) for on, state in states(case)]
    except ScheduleError as error:
        raise Wrong(f"{path}.terms".lstrip("."), f"no schedule can keep this: {error}") from None
    named = {"name": case.name} if case.name else {}
    return named | {
        "conventions": asdict(case.conventions),
        "schedule": [row_of(row) for row in opened(case.terms, case.conventions).rows],
        "plan": plan_of(case, account),
        "days": days,
        "settlement": settlement_of(case, account),
    }


def states(case: Case):
    """(day, the account by what had happened until then) of each asked day.

    A reversal counts on every day, since what it reversed counts as if it never came.
    """
    known: dict[int, Account] = {}
    for on in case.days:
        events = [event for event in case.events if event.on <= on or event.kind == REVERSAL]
        if len(events) not in known:
            known[len(events)] = fold(opened(case.terms, case.conventions), events)
        yield on, known[len(events)]


def day_of(case: Case, account: Account, on: date) -> dict:
    state = standing(
        account.rows, account.payments, on=on, written_off_on=account.written_off_on, pauses=account.pauses
    )
    parts = [left_of(row, left, case) for row, left in remaining(account.plan(on), account.money(on))]
    return {
        "on": on.isoformat(),
        "dpd": state.dpd,
        "bucket": state.bucket,
        "status": state.status,
        "five_class": grade(state.dpd, limits=case.limits),
        "past_due": text(state.past_due),
        "outstanding": text(state.outstanding),
        "principal_left": text(sum((principal for principal, _ in parts), ZERO)),
        "interest_left": text(sum((interest for _, interest in parts), ZERO)),
        "overpaid": text(state.overpaid),
        "payoff": text(account.payoff(on)),
    }


def left_of(row: Row, left: Decimal, case: Case) -> tuple[Decimal, Decimal]:
    """(principal, interest) that are still unpaid of a row."""
    principal, interest = divided(row, row.amount - left, case.conventions)
    return row.principal - principal, row.interest - interest


def plan_of(case: Case, account: Account) -> list[dict]:
    """The rows in force after all events, with the day since which each is paid."""
    last = max([event.on for event in case.events], default=case.terms.disbursed_on)
    cleared = follow(account.rows, account.payments).cleared
    return [
        row_of(row) | {"cleared_on": day.isoformat() if (day := cleared.get(row.number)) else None}
        for row in account.plan(last)
    ]


def settlement_of(case: Case, account: Account) -> dict | None:
    end = settle(
        account.rows,
        account.payments,
        disbursed_on=case.terms.disbursed_on,
        written_off_on=account.written_off_on,
        pauses=account.pauses,
    )
    if end is None:
        return None
    return {
        "kind": end.kind,
        "is_repaid_by_borrower": is_repaid_by_borrower(end.kind),
        "settled_on": end.settled_on.isoformat(),
        "final_due_on": end.final_due_on.isoformat(),
        "days_late": end.days_late,
        "worst_dpd": end.worst_dpd,
        "times_late": end.times_late,
        "failed_payments": end.failed_payments,
        "paid": text(end.paid),
        "overpaid": text(end.overpaid),
        "profile": end.profile,
    }


def row_of(row: Row) -> dict:
    return {
        "number": row.number,
        "due_on": row.due_on.isoformat(),
        "principal": text(row.principal),
        "interest": text(row.interest),
        "amount": text(row.amount),
    }


def text(amount: Decimal) -> str:
    return f"{amount:.2f}"
