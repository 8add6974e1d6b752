"""Small files of what a bureau says of two borrowers, to be spoilt by tests."""

import io

import openpyxl
from django.utils import timezone

from servicing.actions import intake
from servicing.models import Borrower, Source
from tests.cast import NOON

HEAD = "observation_id,borrower_id,kind,lender,observed_on,ended_on,amount,days"
ROWS = (
    "O1,B1,asked,,2026-11-20,,,",
    "O2,B1,inquiry,bank-a,2026-11-19,,,",
    "O3,B1,balance,bank-a,2026-11-01,,1200.50,",
    "O4,B2,overdue,card-c,2026-10-01,2026-11-02,,35",
)
SAID = "\n".join((HEAD, *ROWS, ""))


def a_bureau(code="bureau", **rest):
    return Source.objects.create(code=code, name=code.title(), **{"licence": "L-1"} | rest)


def two_people():
    """B1 and B2 of the lender's own numbers."""
    core = Source.objects.create(code="native", name="Loan core")
    return [
        Borrower.objects.create(source=core, external_id=name, reference=f"R{name}", created_at=NOON)
        for name in ("B1", "B2")
    ]


def waiting(folder, text, *, by):
    """An import of such a file through the browser's door that waits for a second person."""
    path, at = folder / "observations.csv", timezone.now()
    folder.mkdir(exist_ok=True)
    path.write_text(text)
    named = {"layout": "observations", "name": "said", "told_by": "bureau", "door": "browser"}
    batch, _ = intake.stage(paths={path.name: path}, **named, by=by, at=at)
    intake.work(at=at, on=timezone.localdate(at))
    batch.refresh_from_db()
    return batch


def in_chinese(text):
    """As a Chinese office sends it: its own headings, GBK, tabs."""
    head = "信息编号,借款人编号,类别,机构代码,发生日期,结束日期,金额,逾期天数"
    return text.replace(HEAD, head).replace(",", "\t").encode("gbk")


def as_workbook(text):
    book = openpyxl.Workbook()
    book.active.title = "observations"
    for line in text.splitlines():
        book.active.append(line.split(","))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
