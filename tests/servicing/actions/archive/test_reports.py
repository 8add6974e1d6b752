"""What had gone out from a payoff that turned out to be none is named: certificates, steps, files."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.urls import reverse

from servicing.actions import archive, exports
from servicing.actions.archive import certificates
from servicing.models import Export
from servicing.models.exports import SETTLED_LOANS
from tests.cast import NOON, TODAY
from tests.servicing.contracts import open_loan, paid

pytestmark = pytest.mark.django_db


@pytest.fixture
def settled(operator):
    return open_loan(by=operator, payments=[paid("P1", date(2026, 10, 1)), paid("P2", date(2026, 11, 1))])


def a_file(settlement, by, **more):
    facts = {"view": "servicing:loan-list", "title": "Settled loans", "format": "csv", "reason": "audit"}
    times = {"at": NOON, "ready_at": NOON, "expires_at": NOON + timedelta(hours=1)}
    ids = {"ids": [settlement.pk + 7, settlement.pk], "people": [settlement.borrower_id]}
    return Export.objects.create(**facts | times | ids | {"words": "the yearly audit", "by": by} | more)


def test_what_had_gone_out_is_named_in_the_version_after(settled, operator, lin, wei):
    before = settled.settlements.get()
    certificate, _code = certificates.issue(loan=settled, by=lin, at=NOON)
    archive.step_done(loan=settled, kind="record", on=TODAY, by=operator, at=NOON)
    fetched, *others = (
        a_file(before, wei), a_file(before, wei), a_file(before, wei, ids=[before.pk + 7]),
        a_file(before, wei, at=before.frozen_at - timedelta(1)), a_file(before, wei, view="reviews:cases"),
    )  # fmt: skip
    for export in (fetched, *others[1:]):  # the first of the others was asked for and never fetched
        exports.fetched(export=export, rows=1, digest="", by=wei, at=NOON)
    archive.reverse(loan=settled, external_id="P2", on=TODAY, by=operator, at=NOON)
    day = TODAY.isoformat()
    assert settled.settlements.get(version=2).reported == [
        {"what": "certificate", "name": certificate.number, "on": day},
        {"what": "file", "name": str(fetched), "on": day},
        {"what": "step", "name": "record", "on": day},
    ]
    assert before.reported == []


def test_the_list_of_settled_loans_is_still_called_so():
    assert reverse(SETTLED_LOANS)


def test_files_with_a_settlement_are_found_without_reading_all(settled):
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
    assert "export_by_row" in Export.objects.with_settlement(settled.settlements.get()).explain()


def test_the_page_names_it_with_what_has_become_of_it(client, settled, operator, lin, ana, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args, **kwargs: TODAY)
    certificate, _code = certificates.issue(loan=settled, by=lin, at=NOON)
    archive.step_done(loan=settled, kind="record", on=TODAY, by=operator, at=NOON)
    archive.reverse(loan=settled, external_id="P2", on=TODAY, by=operator, at=NOON)
    client.force_login(ana)
    page = client.get(f"/loans/{settled.pk}/")
    (_row, _changes, gone), _first = page.context["versions"]
    assert [(one.what, one.on, one.is_revoked) for one in gone] == [
        ("certificate", TODAY, True), ("step", TODAY, False)
    ]  # fmt: skip
    html = page.content.decode()
    assert all(words in html for words in (certificate.number, "征信记录已起草"))


def test_a_payoff_of_which_nothing_had_gone_out_says_so(client, settled, operator, ana):
    archive.reverse(loan=settled, external_id="P2", on=TODAY, by=operator, at=NOON)
    assert settled.settlements.get(version=2).reported == []
    client.force_login(ana)
    words = "上一版本未曾发出证明、办结步骤或导出文件。"
    assert words in client.get(f"/loans/{settled.pk}/").content.decode()
