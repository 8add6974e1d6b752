"""Who changes something about a loan holds its rows, in one order for all.

First the borrower, then the loan: a shard of an import holds its borrowers before it looks at their loans,
and a history is rolled up from all loans of a borrower. So nothing of one borrower changes in two places
at once. Whoever holds several borrowers in one transaction takes them in the order of their ids.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone

from servicing.actions import ledger
from servicing.domain.intake import dates
from servicing.domain.intake.layout import Problem
from servicing.models import Borrower, Loan


class Differs(Exception):
    """A fact that comes again with another content; the message is a code that says what differs."""


class Unknown(LookupError):
    """A fact about something that is not on file; the message is a code that says what."""


@dataclass
class Round:
    """Facts of several loans in one transaction: whose rows it holds, and for which borrowers their history
    and their mark are due at its end.
    """

    borrowers: set[int]
    loans: dict[int, Loan]
    ended: set[int] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)

    def copy(self):
        """As it is now, but without the loans: what is undone is read anew."""
        return Round(set(self.borrowers), {}, set(self.ended), set(self.touched))


ROUND: ContextVar[Round | None] = ContextVar("round", default=None)


@contextmanager
def one_fact():
    """Around one fact of a round: if it is undone, nothing is due for it, and rows are read anew."""
    now = ROUND.get()
    before = now.copy() if now else None
    try:
        with ledger.one_act():
            yield
    except Exception:
        if now and before:
            vars(now).update(vars(before))
        raise


def hold(ids):
    """Lock borrowers until the transaction ends, in the order of their ids; the ids of who is there."""
    rows = Borrower.objects.select_for_update(no_key=True).filter(pk__in=list(ids)).order_by("pk")
    return list(rows.values_list("pk", flat=True))


def held(loan):
    """The loan as it is now, its borrower's row and its own locked until the transaction ends."""
    now = ROUND.get()
    if now and loan.pk in now.loans:
        return now.loans[loan.pk]
    if not now or loan.borrower_id not in now.borrowers:
        Borrower.objects.select_for_update(no_key=True).get(pk=loan.borrower_id)
    return taken_up(rows().get(pk=loan.pk))


def taken_up(loan):
    """A loan whose rows were just locked; the present round knows it from now on."""
    if now := ROUND.get():
        now.borrowers.add(loan.borrower_id)
        now.loans[loan.pk] = loan
    return loan


def rows():
    """Loans to be locked, by whoever holds their borrowers."""
    return Loan.objects.select_for_update(no_key=True, of=("self",)).select_related("source")


def known(source, number):
    """The loan with this number, if the present round holds it."""
    now = ROUND.get()
    loans = now.loans.values() if now else ()
    return next((loan for loan in loans if (loan.source_id, loan.external_id) == (source, number)), None)


def happened(field, on, *, since: date, zone, at, early="before_loan"):
    """Refuse a fact that lies before `since` or after today in its zone: nobody knows the future.

    Raises Problem with the field and `early` or "in_future".
    """
    if on < since:
        raise Problem(field, early)
    dates.happened(field, on, today=timezone.localdate(at, zone))


def same(row, wanted, code):
    """The row on file if it says what is wanted ({column: value}); raises Differs with the code otherwise."""
    if any(getattr(row, name) != value for name, value in wanted.items()):
        raise Differs(code)
    return row
