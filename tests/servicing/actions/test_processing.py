"""Data that is only kept, and what a borrower lets us read."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from reviews.actions import alerts, recheck
from reviews.actions.recheck import planning
from reviews.models import Alert, Case, Snapshot
from servicing.actions import controls, external, privacy, processing
from servicing.actions.controls import NotAllowed as Refused
from servicing.actions.processing import NotAllowed
from servicing.domain.intake.layout import ObservationFacts
from servicing.models import Restriction, Source, Stamp
from tests import stories
from tests.cast import NOON, TODAY
from tests.reviews.histories import a_borrower, a_loan, an_alert, instant

pytestmark = pytest.mark.django_db
WHY = "the amount is disputed by the person"


def on(days):
    return TODAY + timedelta(days=days)


@pytest.fixture
def borrower(clock):
    """Settled, and with an inquiry elsewhere."""
    found = a_borrower()
    a_loan(found, on(-60), settled_on=on(-30))
    told = ObservationFacts("O1", "inquiry", "A", on(-5), None, None, None)
    external.observe(
        source=found.source, facts=[(found.pk, told)], target=found, by=clock, at=instant(on(-5))
    )
    return found


def restrict(borrower, by, *, until_on=None, at=NOON):
    return processing.restrict(
        borrower=borrower, ground="dispute", reason=WHY, until_on=until_on, by=by, at=at
    )


def judged(clock, day=TODAY):
    """The borrower's numbers of a day, or None where nobody judged."""
    recheck.run(as_of=day, by=clock, at=max(NOON, NOON + (day - TODAY)))
    return Snapshot.objects.on(day).first()


def test_whose_data_is_only_kept_is_not_judged(borrower, pei, clock):
    row = restrict(borrower, pei)
    assert restrict(borrower, pei) == row
    assert judged(clock) is None
    (entry,) = stories.acts("processing.restricted")
    assert (entry.by, entry.detail["ground"]) == (pei, "dispute")


def test_alerts_and_cases_stay_as_they_are(borrower, pei, clock):
    an_alert(borrower, "worst_late")
    restrict(borrower, pei)
    judged(clock)
    assert Alert.objects.get().status == "waiting"
    assert not Case.objects.exists()
    Restriction.objects.all().delete()
    alerts.release(by=clock, at=NOON, on=TODAY)
    assert Case.objects.exists()


def test_what_stood_on_the_days_since_stands_when_a_past_day_is_judged_again(borrower, pei, clock):
    for day in (on(-2), on(-1)):
        recheck.run(as_of=day, by=clock, at=instant(day), changed=True)
    standing = Snapshot.objects.standing(on(-1), since=on(-2))
    assert standing.get().as_of == on(-2)
    restrict(borrower, pei)
    recheck.run(as_of=on(-2), by=clock, at=NOON)
    assert standing.all().get().as_of == on(-2)


def test_only_the_privacy_officer_is_shown_a_field_of_it(borrower, pei, lin):
    restrict(borrower, pei)
    asked = {"borrower": borrower, "field": "name", "reason": "call", "words": WHY, "day_began_at": NOON}
    with pytest.raises(privacy.NotAllowed, match="restricted"):
        privacy.reveal(by=lin, at=NOON, **asked)
    assert stories.acts("borrower.revealed") == []
    privacy.reveal(by=pei, at=NOON, **asked)


def test_a_source_that_no_longer_declares_consent_is_a_new_ground_of_judging(borrower):
    before = planning.basis(on=TODAY)
    Source.objects.update(declares_consent=False)
    assert planning.basis(on=TODAY)["basis"] != before["basis"]


def test_a_fact_about_somebody_restricted_moves_nothing(borrower, pei, clock):
    judged(clock, on(-1))
    restrict(borrower, pei)
    assert recheck.judge_dirty(by=clock, at=NOON) > 0
    assert not Snapshot.objects.on(TODAY).exists()


def test_a_second_person_lifts_it_and_the_borrower_is_judged_again(borrower, pei, ana, clock):
    row = restrict(borrower, pei)
    Stamp.objects.all().delete()
    with pytest.raises(Refused, match="right"):
        processing.propose_lift(restriction=row, purpose=WHY, by=ana, at=NOON)
    approval = processing.propose_lift(restriction=row, purpose=WHY, by=pei, at=NOON)
    with pytest.raises(Refused, match="second_person"):
        controls.approve(approval=approval, digest=approval.digest, by=pei, at=NOON)
    controls.approve(approval=approval, digest=approval.digest, by=ana, at=NOON)
    assert Stamp.objects.filter(borrower=borrower).exists()
    assert judged(clock) is not None
    # Of the days on which it held, the later look stays as blind as the first would have been.
    Restriction.objects.update(from_on=on(-3))
    assert judged(clock, on(-2)) is None
    with pytest.raises(Refused, match="over"):
        processing.propose_lift(restriction=row, purpose=WHY, by=pei, at=NOON)


def test_only_the_privacy_officer_restricts_and_says_why(borrower, pei, ana):
    for person, reason, until, code in (
        (ana, WHY, None, "right"),
        (pei, "..........", None, "reason"),
        (pei, WHY, on(-1), "until"),
    ):
        with pytest.raises(NotAllowed, match=code):
            processing.restrict(
                borrower=borrower, ground="dispute", reason=reason, until_on=until, by=person, at=NOON
            )


def test_two_restrictions_of_one_day_are_refused_by_the_database(borrower, pei):
    row = restrict(borrower, pei)
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.parametrize("what", ["restriction", "consent"])
def test_what_ran_out_by_itself_is_looked_at_by_the_next_run(what, borrower, pei, lin, clock):
    if what == "restriction":
        restrict(borrower, pei, until_on=TODAY)
    else:
        processing.consent(borrower=borrower, basis="paper", given_on=on(-9), until_on=TODAY, by=lin, at=NOON)
    before = judged(clock)
    Stamp.objects.all().delete()
    run = recheck.tonight(by=clock, at=NOON + timedelta(days=1))
    assert Stamp.objects.filter(borrower=borrower).exists()
    recheck.work(by=clock, at=NOON + timedelta(days=1), run=run)
    after = Snapshot.objects.on(on(1)).get()
    if what == "restriction":
        assert (before, after.inquiries_30) == (None, 1)
    else:
        assert (before.inquiries_30, after.inquiries_30) == (1, None)


def test_without_consent_what_others_know_is_unknown(borrower, lin, clock):
    assert judged(clock).inquiries_30 == 1
    processing.withdraw(borrower=borrower, by=lin, at=NOON)
    processing.withdraw(borrower=borrower, by=lin, at=NOON)
    (entry,) = stories.acts("consent.withdrawn")
    assert entry.detail["basis"] == "source"
    assert (judged(clock).inquiries_30, judged(clock, on(-1)).inquiries_30) == (None, None)
    processing.consent(borrower=borrower, basis="phone", given_on=TODAY, until_on=None, by=lin, at=NOON)
    assert judged(clock).inquiries_30 == 1


def test_a_source_that_declares_nothing_needs_the_borrowers_own_word(borrower, lin, clock):
    borrower.source.declares_consent = False
    borrower.source.save(update_fields=["declares_consent"])
    assert judged(clock).inquiries_30 is None
    processing.consent(borrower=borrower, basis="app", given_on=on(-1), until_on=None, by=lin, at=NOON)
    assert (judged(clock).inquiries_30, judged(clock, on(-2)).inquiries_30) == (1, None)


def test_an_older_paper_without_end_does_not_hide_behind_a_newer_word(borrower, lin):
    said = {"borrower": borrower, "basis": "paper", "by": lin, "at": NOON}
    newer = processing.consent(given_on=on(-5), until_on=on(5), **said)
    with pytest.raises(NotAllowed, match="days"):
        processing.consent(given_on=on(-9), until_on=None, **said)
    assert processing.consent(given_on=on(-5), until_on=None, **said) != newer


def test_an_older_paper_does_not_undo_a_withdrawal(borrower, lin, wei):
    processing.withdraw(borrower=borrower, by=lin, at=NOON)
    for person, given, code in ((lin, on(-3), "days"), (lin, on(1), "days"), (wei, TODAY, "right")):
        with pytest.raises(NotAllowed, match=code):
            processing.consent(
                borrower=borrower, basis="paper", given_on=given, until_on=None, by=person, at=NOON
            )
