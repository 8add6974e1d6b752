"""One loan from its terms and everything that happened: a fold over events, on which all figures stand."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from servicing.domain.archive.arrears import in_force, moves
from servicing.domain.archive.conventions import Conventions
from servicing.domain.archive.facts import BORROWER, FAILED, SUCCEEDED, ZERO, Paid, Pause
from servicing.domain.archive.replanning import payoff, prepaid, restructured
from servicing.domain.archive.schedule import Row, ScheduleError, Terms, plan

PAYMENT, FAILED_PAYMENT, PREPAYMENT, RESTRUCTURING, WRITE_OFF, PAUSE, REVERSAL = (
    "payment",
    "failed_payment",
    "prepayment",
    "restructuring",
    "write_off",
    "pause",
    "reversal",
)


@dataclass(frozen=True)
class Event:
    """What happened on a day. `of` is the id of the money that is reversed, `until` the last day of a pause,
    `anew` the terms of a restructuring.
    """

    on: date
    kind: str
    amount: Decimal = ZERO
    id: str = ""
    origin: str = BORROWER
    of: str = ""
    until: date | None = None
    anew: Terms | None = None


@dataclass(frozen=True)
class Account:
    """The state of a loan: every row ever agreed, what was paid, when counting stood still.

    `agreed` are the first terms, `terms` those after restructuring; `journal` made the state, in order.
    """

    agreed: Terms
    terms: Terms
    conventions: Conventions
    rows: tuple[Row, ...]
    payments: tuple[Paid, ...] = ()
    pauses: tuple[Pause, ...] = ()
    written_off_on: date | None = None
    journal: tuple[Event, ...] = field(default=(), repr=False)

    def plan(self, on: date) -> list[Row]:
        """The rows in force on a day, oldest first."""
        rows = (row for row in self.rows if in_force(row, on))
        return sorted(rows, key=lambda row: (row.due_on, row.number))

    def money(self, on: date) -> Decimal:
        """What came until the end of the day, net of what went back."""
        return sum((amount for day, amount in moves(self.payments) if day <= on), ZERO)

    def payoff(self, on: date) -> Decimal:
        """What a prepayment at the end of the day has to bring to pay the loan off."""
        return payoff(self.plan(on), self.money(on), self.terms, self.conventions, on=on)


def opened(terms: Terms, conventions: Conventions) -> Account:
    """A loan on the day it was paid out. Raises ScheduleError."""
    return Account(terms, terms, conventions, tuple(plan(terms, conventions)))


def fold(account: Account, events: Iterable[Event]) -> Account:
    """The state after more events, in whatever order they are told. Raises ScheduleError.

    An event after all others is applied. One that comes late, and a reversal, let everything be told again,
    since a plan may have stood on what is different now.
    """
    for event in sorted(events, key=order):
        is_next = not account.journal or order(account.journal[-1]) <= order(event)
        if is_next and event.kind != REVERSAL:
            account = replace(HANDLERS[event.kind](account, event), journal=(*account.journal, event))
        else:
            account = retold(account, sorted([*account.journal, event], key=order))
    return account


def retold(account: Account, journal: list[Event]) -> Account:
    """The state that a journal leads to, told in order; what was reversed counts as if it never came."""
    undone = {event.of: event.on for event in journal if event.kind == REVERSAL}
    account = opened(account.agreed, account.conventions)
    for event in journal:
        if event.id and event.id in undone:
            account = pay(account, event, reversed_on=undone[event.id])
        elif event.kind != REVERSAL:
            account = HANDLERS[event.kind](account, event)
    return replace(account, journal=tuple(journal))


def order(event: Event):
    """Day by day, and within a day by kind and size: so nothing hangs on the order of being told."""
    kind = KINDS.index(event.kind)
    return (
        event.on,
        kind,
        event.amount,
        event.origin,
        event.id,
        event.of,
        event.until or event.on,
        str(event.anew),
    )


def pay(account: Account, event: Event, reversed_on: date | None = None) -> Account:
    outcome = FAILED if event.kind == FAILED_PAYMENT else SUCCEEDED
    paid = Paid(event.on, event.amount, event.origin, outcome, reversed_on)
    return replace(account, payments=(*account.payments, paid))


def prepay(account: Account, event: Event) -> Account:
    on, money = event.on, account.money(event.on)
    change = prepaid(account.plan(on), money, event.amount, account.terms, account.conventions, on=on)
    return pay(exchanged(account, *change, on=on), event)


def restructure(account: Account, event: Event) -> Account:
    on, anew = event.on, event.anew
    if anew is None:
        raise ScheduleError("a restructuring needs new terms")
    change = restructured(
        account.plan(on), account.money(on), anew, account.terms, account.conventions, on=on
    )
    return replace(exchanged(account, *change, on=on), terms=anew)


def write_off(account: Account, event: Event) -> Account:
    """The first write-off counts."""
    return account if account.written_off_on else replace(account, written_off_on=event.on)


def pause(account: Account, event: Event) -> Account:
    return replace(account, pauses=(*account.pauses, Pause(event.on, event.until or event.on)))


def exchanged(account: Account, old, new, *, on: date) -> Account:
    """The account with some rows replaced on a day."""
    gone = {id(row) for row in old}
    rows = tuple(row._replace(replaced_on=on) if id(row) in gone else row for row in account.rows)
    return replace(account, rows=(*rows, *new))


HANDLERS: dict[str, Callable[[Account, Event], Account]] = {
    PAUSE: pause,
    WRITE_OFF: write_off,
    FAILED_PAYMENT: pay,
    PAYMENT: pay,
    PREPAYMENT: prepay,
    RESTRUCTURING: restructure,
}
# Also the order within a day: plain money first, then what makes a new plan.
KINDS = (*HANDLERS, REVERSAL)
MONEY = (PAYMENT, FAILED_PAYMENT, PREPAYMENT)
