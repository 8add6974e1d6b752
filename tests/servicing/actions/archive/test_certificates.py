"""A certificate says how the loan truly ended, once for each version, and proves it by a code."""

from datetime import date

import pytest
from django.utils import translation

from servicing.actions import archive, privacy, processing
from servicing.actions.archive import certificates
from servicing.domain.staff import REVEALS_A_DAY
from servicing.models import Certificate, LedgerEntry, Settlement
from servicing.models.archive.certificates import STATEMENTS
from tests.cast import NOON, TODAY
from tests.servicing.contracts import open_loan, paid

pytestmark = pytest.mark.django_db
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
WHY = "issued for the wrong person"


def a_settled(operator, number="L1", **of_the_second):
    money = [paid("P1", OCTOBER), paid("P2", NOVEMBER, **of_the_second)]
    return open_loan(number, by=operator, payments=money)


@pytest.fixture
def loan(operator):
    return a_settled(operator)


def issue(loan, by):
    return certificates.issue(loan=loan, by=by, at=NOON)


def test_it_is_issued_once_and_verified_by_its_code(loan, lin, hua):
    certificate, code = issue(loan, lin)
    assert issue(loan, hua) == (certificate, code)
    assert Certificate.objects.count() == 1
    assert LedgerEntry.objects.filter(what="certificate.issued").count() == 1
    shown = certificates.verify(certificate.number.lower(), f"{code[:5]} {code[5:]}")
    assert (shown.certificate, shown.name, shown.settled_on) == (certificate, "张**", NOVEMBER)
    assert (shown.certificate.state, shown.issued_on) == ("valid", TODAY)


def test_a_wrong_code_or_number_shows_nothing(loan, lin, operator):
    certificate, code = issue(loan, lin)
    other, _ = issue(a_settled(operator, "L2"), lin)
    assert certificates.verify(certificate.number, code[::-1]) is None
    assert certificates.verify(other.number, code) is None
    assert certificates.verify("", "") is None


def test_a_row_changed_by_hand_fits_the_paper_no_longer(operator, lin):
    loan = a_settled(operator, origin="guarantor")
    certificate, code = issue(loan, lin)
    Settlement.objects.filter(loan=loan).update(kind="normal")
    assert certificates.verify(certificate.number, code) is None


def test_an_open_loan_has_no_certificate(operator, lin):
    with pytest.raises(certificates.NotAllowed, match="not_settled"):
        issue(open_loan(by=operator), lin)


@pytest.mark.parametrize("who", ["wei", "pei", "max_", "ada", "tom"])
def test_only_those_who_may_issue_it(loan, request, who):
    with pytest.raises(certificates.NotAllowed, match="right"):
        issue(loan, request.getfixturevalue(who))


@pytest.mark.parametrize(
    ("origin", "kind"),
    [("guarantor", "guarantor"), ("waiver", "waived"), ("recovery", "recovered"), ("transfer", "transferred"),
     ("refinancing", "refinanced"), ("borrower", "normal")],
)  # fmt: skip
def test_it_calls_repaid_in_full_only_what_the_borrower_repaid(operator, lin, origin, kind):
    certificate, _ = issue(a_settled(operator, origin=origin), lin)
    assert certificate.settlement.kind == kind
    with translation.override("en"):
        statement = str(certificate.statement)
    assert ("The borrower repaid the loan in full" in statement) is (kind == "normal")
    assert ("did not repay" in statement) is (kind != "normal")


def test_every_end_has_its_statement():
    assert set(STATEMENTS) == set(dict(Settlement.ENDS))


def test_printing_is_a_reveal(loan, lin):
    certificate, code = issue(loan, lin)
    sheet = certificates.sheet(certificate=certificate, by=lin, at=NOON)
    assert (sheet.name, sheet.national_id, sheet.code) == ("张三", "", code)
    trace = LedgerEntry.objects.get(what="borrower.revealed")
    assert (trace.by, trace.target_id) == (lin, str(loan.borrower_id))
    assert trace.detail == {"field": "name", "reason": "certificate", "words": certificate.number}
    for _ in range(REVEALS_A_DAY["cs"] - 1):
        certificates.sheet(certificate=certificate, by=lin, at=NOON)
    with pytest.raises(privacy.NotAllowed, match="budget"):
        certificates.sheet(certificate=certificate, by=lin, at=NOON)


def test_the_sheet_of_somebody_whose_data_is_only_kept_is_not_printed(loan, lin, pei):
    certificate, _ = issue(loan, lin)
    processing.restrict(
        borrower=loan.borrower,
        ground="dispute",
        reason="says it is not theirs",
        until_on=None,
        by=pei,
        at=NOON,
    )
    with pytest.raises(privacy.NotAllowed, match="restricted"):
        certificates.sheet(certificate=certificate, by=lin, at=NOON)
    assert not LedgerEntry.objects.filter(what="borrower.revealed").exists()


def test_what_opens_the_loan_again_revokes_it(loan, lin, operator):
    certificate, code = issue(loan, lin)
    archive.reverse(loan=loan, external_id="P2", on=TODAY, by=operator, at=NOON)
    shown = certificates.verify(certificate.number, code)
    assert (shown.certificate.state, str(shown.certificate.why_revoked)) == ("revoked", "贷款已重新打开")
    entry = LedgerEntry.objects.about(loan).get(what="certificate.revoked")
    assert (entry.by, entry.detail["number"]) == (operator, certificate.number)
    with pytest.raises(certificates.NotAllowed, match="not_valid"):
        certificates.sheet(certificate=certificate, by=lin, at=NOON)


def test_a_correction_supersedes_it_and_the_next_one_says_the_new_end(loan, lin, operator):
    certificate, code = issue(loan, lin)
    archive.write_off(loan=loan, on=date(2026, 10, 15), by=operator, at=NOON)
    assert certificates.verify(certificate.number, code).certificate.state == "superseded"
    fresh, _ = issue(loan, lin)
    assert (fresh.settlement.kind, fresh.settlement.version) == ("recovered", 2)


def test_it_is_revoked_for_a_reason_by_a_lead_and_then_issued_anew(loan, lin, hua):
    certificate, code = issue(loan, lin)
    for who, why, code_of_refusal in ((lin, WHY, "right"), (hua, " . ", "reason")):
        with pytest.raises(certificates.NotAllowed, match=code_of_refusal):
            certificates.revoke(certificate=certificate, reason=why, by=who, at=NOON)
    for _ in range(2):
        certificates.revoke(certificate=certificate, reason=WHY, by=hua, at=NOON)
    assert LedgerEntry.objects.filter(what="certificate.revoked").count() == 1
    assert certificates.verify(certificate.number, code).certificate.state == "revoked"
    fresh, _ = issue(loan, lin)
    assert fresh.number != certificate.number


def test_a_correction_of_what_it_does_not_say_leaves_it_valid(loan, lin, operator):
    certificate, code = issue(loan, lin)
    failed = paid("P0", OCTOBER, outcome="failed")
    archive.pay(loan=loan, paid=failed, by=operator, at=NOON)
    assert loan.settlements.current().get().version == 2
    assert certificates.verify(certificate.number, code).certificate.state == "valid"
    assert issue(loan, lin) == (certificate, code)
    assert certificates.sheet(certificate=certificate, by=lin, at=NOON).code == code
