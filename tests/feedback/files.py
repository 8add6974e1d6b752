"""Small files of responses about two borrowers, to be spoilt by tests."""

import csv
import io

import openpyxl
from django.utils import timezone

from feedback.domain.imports import COLUMNS
from servicing.actions import controls, intake
from servicing.models import Borrower, Instalment, Loan, Product, Source
from tests.cast import NOON, TODAY

SAID = {
    "response_id": "C1",
    "received_at": "2026-11-20 09:30:00",
    "kind": "complaint",
    "channel": "call",
    "borrower_id": "B1",
    "loan_id": "L1",
    "instalment": "2",
    "where": "debit",
    "words": "第二期扣了两次，请打 13800138000",
    "topic": "扣款",
}


def a_row(number="C1", **changes):
    return dict.fromkeys(COLUMNS, "") | SAID | {"response_id": number} | changes


def a_file(*rows, columns=COLUMNS):
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def a_workbook(*rows):
    book = openpyxl.Workbook()
    book.active.title = "responses"
    book.active.append(COLUMNS)
    for row in rows:
        book.active.append([row[column] for column in COLUMNS])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def two_customers():
    """B1 with the loan L1 of three instalments, and B2 with L2, of the lender's own numbers."""
    core, _ = Source.objects.get_or_create(code="native", defaults={"name": "Loan core"})
    product = Product.objects.create(code="p", name="P")
    for number in ("1", "2"):
        person = Borrower.objects.create(
            source=core, external_id=f"B{number}", reference=f"RB{number}", created_at=NOON
        )
        loan = Loan.objects.create(
            borrower=person, product=product, source=core, external_id=f"L{number}", principal=90,
            total_due=90, disbursed_on=TODAY.replace(month=6), known_on=TODAY,
        )  # fmt: skip
        Instalment.objects.bulk_create(
            [Instalment(loan=loan, number=n, due_on=TODAY.replace(month=6 + n), amount=30) for n in (1, 2, 3)]
        )


def staged(folder, content, by, *, name="responses.csv", door="browser", at=NOON):
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    named = {"layout": "responses", "name": "said", "door": door}
    return intake.stage(paths={name: folder / name}, **named, by=by, at=at)[0]


def worked(batch, at=NOON):
    intake.work(at=at, on=timezone.localdate(at))
    batch.refresh_from_db()
    return batch


def checked(folder, content, by, **how):
    return worked(staged(folder, content, by, **how))


def applied(folder, content, first, second, **how):
    batch = checked(folder, content, first, **how)
    intake.apply(batch=batch, digest=intake.digest(batch), by=second, at=NOON)
    return worked(batch)


def undone(batch, first, second):
    if approval := intake.ask_undo(batch=batch, reason="a file of the wrong month", by=first, at=NOON):
        controls.approve(approval=approval, digest=approval.digest, by=second, at=NOON)
    return worked(batch)
