"""Who changes something about a loan holds its rows, in one order for all.

First the borrower, then the loan: a shard of an import holds its borrowers before it looks at their loans,
and a history is rolled up from all loans of a borrower. So nothing of one borrower changes in two places
at once. Whoever holds several borrowers in one transaction takes them in the order of their ids.
"""

from datetime import date

from django.utils import timezone

from servicing.domain.intake import dates
from servicing.domain.intake.layout import Problem
from servicing.models import Borrower, Loan


class Differs(Exception):
    """A fact that comes again with another content; the message is a code that says what differs."""


class Unknown(LookupError):
    """A fact about something that is not on file; the message is a code that says what."""


def held(loan):
    """The loan as it is now, its borrower's row and its own locked until the transaction ends."""
    Borrower.objects.select_for_update(no_key=True).get(pk=loan.borrower_id)
    return Loan.objects.select_for_update(no_key=True).select_related("source").get(pk=loan.pk)


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
