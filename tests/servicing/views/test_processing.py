"""The dossier says what may be done with the data, and who may change that changes it there."""

import pytest

from servicing.actions import external, processing
from servicing.domain.intake.layout import ObservationFacts
from servicing.models import Approval, Consent, Restriction, Source
from servicing.views.processing import processing_of
from tests import stories
from tests.cast import NOON, TODAY

WHY = "the amount is disputed by the person"


@pytest.fixture(autouse=True)
def day(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args, **kwargs: TODAY)


@pytest.fixture
def borrower(db):
    found = stories.a_borrower()
    stories.a_loan(found)
    return found


def test_the_privacy_officer_restricts_on_the_dossier_and_asks_for_the_end(client, pei, borrower):
    client.force_login(pei)
    there = f"/processing/{borrower.reference}"
    sent = {"ground": "dispute", "reason": WHY, "until_on": ""}
    assert client.post(f"{there}/restrict/", sent).url == f"/borrowers/{borrower.reference}/"
    page = client.get(f"/borrowers/{borrower.reference}/")
    assert 'id="restriction"' in page.content.decode()
    assert page.context["snapshot"] is None
    client.post(f"{there}/lift/", {"purpose": WHY})
    approval = Approval.objects.get(kind="restriction")
    assert client.get(f"/approvals/{approval.pk}/").status_code == 200
    assert approval.shown["about"] == borrower.reference


def test_a_case_of_somebody_restricted_says_so(client, wei, pei, borrower):
    case = stories.a_case(borrower, owner=wei)
    row = processing.restrict(borrower=borrower, ground="dispute", reason=WHY, until_on=None, by=pei, at=NOON)
    client.force_login(wei)
    assert client.get(f"/cases/{case.pk}/").context["processing"]["restriction"] == row


def test_customer_service_notes_consent_and_its_withdrawal(client, lin, borrower):
    client.force_login(lin)
    there = f"/processing/{borrower.reference}"
    client.post(f"{there}/withdraw/")
    assert Consent.objects.get().withdrawn_on == TODAY
    client.post(f"{there}/consent/", {"basis": "phone", "given_on": TODAY.isoformat(), "until_on": ""})
    assert Consent.objects.newest(borrower).basis == "phone"
    client.post(f"{there}/restrict/", {"ground": "dispute", "reason": WHY})
    assert not Restriction.objects.exists()


def test_what_is_refused_is_said(client, pei, borrower):
    client.force_login(pei)
    sent = {"ground": "dispute", "reason": "..........", "until_on": ""}
    page = client.post(f"/processing/{borrower.reference}/restrict/", sent, follow=True)
    assert [message.level_tag for message in page.context["messages"]] == ["error"]
    assert not Restriction.objects.exists()


def test_of_two_sources_the_one_that_declares_consent_is_read_and_may_be_withdrawn(client, lin, borrower):
    other = Source.objects.create(code="bureau", name="Bureau", declares_consent=False)
    for source in (other, borrower.source):
        told = ObservationFacts(f"O{source.pk}", "inquiry", "A", TODAY, None, None, None)
        external.observe(source=source, facts=[(borrower.pk, told)], target=borrower, by=lin, at=NOON)
        page = processing_of(borrower, on=TODAY)
        assert (page["may_read"], page["may_withdraw"]) == (source != other, True)
    client.force_login(lin)
    client.post(f"/processing/{borrower.reference}/withdraw/")
    page = processing_of(borrower, on=TODAY)
    assert (page["may_read"], page["may_withdraw"]) == (False, False)
