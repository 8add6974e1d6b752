"""What a process of a race knows, and what it does: wait at the gate, then its act."""

import django

django.setup()

from datetime import date  # noqa: E402

from django.db import connection  # noqa: E402

from feedback.actions import responses  # noqa: E402
from feedback.models import Response  # noqa: E402
from servicing.actions import archive, calls, controls  # noqa: E402
from servicing.actions.archive import certificates  # noqa: E402
from servicing.models import Approval, Borrower, Loan, Staff  # noqa: E402
from tests.cast import NOON, TODAY  # noqa: E402
from tests.servicing.contracts import open_loan, paid  # noqa: E402

GATE = 4711
NAMES = {
    "NOON": NOON,
    "TODAY": TODAY,
    "archive": archive,
    "calls": calls,
    "certificates": certificates,
    "controls": controls,
    "date": date,
    "open_loan": open_loan,
    "paid": paid,
    "responses": responses,
}


def run(act):
    """Do the act as soon as the gate opens; what it raises ends the process with 1, an exit as it says."""
    names = NAMES | {person.username: person for person in Staff.objects.all()}
    names |= {"loan": Loan.objects.last(), "approval": Approval.objects.last()}
    names |= {"borrower": Borrower.objects.last(), "voices": list(Response.objects.order_by("pk"))}
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock_shared(%s)", [GATE])
    exec(act, names)  # noqa: S102
