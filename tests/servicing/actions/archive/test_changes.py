"""What can happen to one loan, one fact at a time, and what follows from it in the same transaction."""

from contextlib import nullcontext
from datetime import UTC, date, timedelta
from decimal import Decimal

import pytest

from servicing.actions import archive
from servicing.actions.archive import histories
from servicing.domain.archive import Due
from servicing.domain.intake.layout import BorrowerFacts, Problem
from servicing.models import BorrowerHistory, LedgerEntry, Loan, PayoffStep, Stamp
from tests.cast import NOON, TODAY
from tests.servicing.contracts import contract, open_loan, paid, the_source

pytestmark = pytest.mark.django_db
TOMORROW, BEFORE = date(2026, 11, 24), date(2026, 8, 31)
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def pay(loan, number, day, amount=100, *, by, **more):
    return archive.pay(loan=loan, paid=paid(number, day, amount, **more), by=by, at=NOON)


@pytest.fixture
def loan(operator):
    return open_loan(by=operator, guarantors=["G1"])


@pytest.fixture
def settled(loan, operator):
    pay(loan, "P1", OCTOBER, by=operator)
    pay(loan, "P2", NOVEMBER, by=operator)
    return loan


def acts(loan):
    return list(LedgerEntry.objects.about(loan).order_by("pk").values_list("what", flat=True))


def open_steps(loan):
    return set(loan.steps.open().values_list("kind", flat=True))


def test_a_loan_opens_and_is_paid_off(settled):
    settled.refresh_from_db()
    assert (settled.status, settled.settled_on) == ("settled", NOVEMBER)
    settlement = settled.settlements.get()
    assert (settlement.kind, settlement.version, settlement.overpaid) == ("normal", 1, 0)
    assert [row.cleared_on for row in settled.instalments.all()] == [OCTOBER, NOVEMBER]
    assert BorrowerHistory.objects.get(borrower=settled.borrower).settled_loans == 1
    assert Stamp.objects.filter(borrower=settled.borrower).exists()
    assert acts(settled) == ["loan.opened", "payment.came", "payment.came", "loan.settled"]
    assert open_steps(settled) == {"mandate", "reminders", "record", "guarantor"}


def test_a_key_that_is_the_number_of_a_person_is_masked_in_the_ledger(loan, operator):
    at, key = NOON, "13800138000"
    pay(loan, key, OCTOBER, by=operator)
    archive.remind(loan=loan, external_id=key, sent_at=at, channel="sms", by=operator, at=at)
    details = LedgerEntry.objects.about(loan).order_by("-pk").values_list("detail", flat=True)[:2]
    assert (details[0]["reminder"], details[1]["payment"]) == ("1*********0",) * 2
    assert loan.payments.get().external_id == key


def test_the_same_loan_again_changes_nothing_however_far_it_has_come(settled, operator):
    before = LedgerEntry.objects.count()
    assert open_loan(by=operator, guarantors=["G1"]) == settled
    assert (Loan.objects.count(), LedgerEntry.objects.count()) == (1, before)


def test_the_same_loan_with_the_instant_of_its_payout_is_the_same(loan, operator):
    for at in (NOON, None):
        assert open_loan(by=operator, disbursed_at=at) == loan
    told = contract(guarantors=["G1"], disbursed_at=NOON)
    assert len(archive.extend(source=loan.source, loan_facts=told, by=operator, at=NOON).payments) == 0


def test_an_annual_rate_that_nobody_had_told_is_filled_in_and_stands(loan, operator):
    told = contract(guarantors=["G1"], annual_rate=Decimal("0.18"))
    assert archive.extend(source=loan.source, loan_facts=told, by=operator, at=NOON).is_rate
    assert Loan.objects.get(pk=loan.pk).annual_rate == Decimal("0.18")
    assert LedgerEntry.objects.about(loan).get(what="loan.rate_told").detail == {"annual_rate": "0.18"}
    for silent in (told, told._replace(annual_rate=None)):
        assert not archive.extend(source=loan.source, loan_facts=silent, by=operator, at=NOON).is_rate
    other = told._replace(annual_rate=Decimal("0.24"))
    with pytest.raises(archive.Differs):
        archive.extend(source=loan.source, loan_facts=other, by=operator, at=NOON)
    with pytest.raises(archive.Differs):
        open_loan(by=operator, guarantors=["G1"], annual_rate=Decimal("0.24"))


def test_a_loan_told_again_with_its_annual_rate_has_it(loan, operator):
    for rate in (Decimal("0.18"), Decimal("0.18"), None):
        assert open_loan(by=operator, annual_rate=rate).annual_rate == Decimal("0.18")
    assert LedgerEntry.objects.filter(what="loan.rate_told").count() == 1


def test_another_loan_under_the_same_number_differs(loan, operator):
    with pytest.raises(archive.Differs, match="loan"):
        open_loan(by=operator, principal=191)


PLANS = [
    ((1, OCTOBER), (3, NOVEMBER), "plan_gap"),
    ((1, NOVEMBER), (2, OCTOBER), "plan_order"),
    ((1, NOVEMBER), (2, NOVEMBER), None),
]


@pytest.mark.parametrize(("one", "other", "reason"), PLANS)
def test_the_plan_of_a_new_loan_runs_on_as_in_files(operator, one, other, reason):
    dues = tuple(Due(number, day, Decimal(100)) for number, day in (one, other))
    expected = pytest.raises(Problem, match=reason) if reason else nullcontext()
    with expected:
        open_loan(by=operator, dues=dues)
    assert Loan.objects.exists() is (reason is None)


@pytest.mark.parametrize("first", [0, 1])
def test_the_two_forms_of_an_identity_number_are_one_borrower(operator, first):
    forms = ["990001800101001", "990001198001010019"]
    for number in (forms[first], forms[1 - first]):
        facts = contract(), BorrowerFacts("B1", "张三", number)
        archive.open_loan(source=the_source(), facts=facts, by=operator, at=NOON)
    assert Loan.objects.count() == 1
    assert not LedgerEntry.objects.filter(what__in=["borrower.differed", "borrower.completed"]).exists()


def test_the_same_payment_again_changes_nothing_and_another_one_differs(loan, operator):
    row = pay(loan, "P1", OCTOBER, by=operator)
    before = LedgerEntry.objects.count()
    assert pay(loan, "P1", OCTOBER, by=operator) == row
    assert LedgerEntry.objects.count() == before
    with pytest.raises(archive.Differs, match="payment"):
        pay(loan, "P1", OCTOBER, 99, by=operator)


def test_a_reversal_after_payoff_opens_the_loan_again(settled, operator):
    archive.reverse(loan=settled, external_id="P2", on=TODAY, by=operator, at=NOON)
    settled.refresh_from_db()
    assert (settled.status, settled.settled_on) == ("open", None)
    first, closing = settled.settlements.order_by("version")
    assert (first.superseded_at, closing.kind, closing.superseded_at) == (NOON, "reopened", NOON)
    assert not BorrowerHistory.objects.filter(borrower=settled.borrower).exists()
    assert not open_steps(settled)
    assert [row.cleared_on for row in settled.instalments.all()] == [OCTOBER, None]


def test_a_later_payoff_is_the_next_version(settled, operator):
    archive.reverse(loan=settled, external_id="P2", on=TODAY, by=operator, at=NOON)
    pay(settled, "P3", date(2026, 11, 20), by=operator)
    current = settled.settlements.current().get()
    assert (current.version, current.kind, current.days_late) == (3, "late", 19)
    assert {step.version for step in PayoffStep.objects.open()} == {3}


def test_a_step_is_ticked_once_and_by_those_who_may(settled, operator, lin, max_):
    with pytest.raises(archive.NotAllowed):
        archive.step_done(loan=settled, kind="mandate", on=TODAY, by=max_, at=NOON)
    step = archive.step_done(loan=settled, kind="mandate", on=TODAY, by=lin, at=NOON)
    assert (step.status, step.done_by, step.done_on) == ("done", lin, TODAY)
    again = archive.step_done(loan=settled, kind="mandate", on=NOVEMBER, by=operator, at=NOON)
    assert (again.done_by, again.done_on) == (lin, TODAY)


def test_a_reminder_is_kept_with_its_day(loan, operator):
    row = archive.remind(loan=loan, external_id="R1", sent_at=NOON, channel="sms", by=operator, at=NOON)
    assert (row.sent_on, row.channel) == (TODAY, "sms")
    again = archive.remind(loan=loan, external_id="R1", sent_at=NOON, channel="sms", by=operator, at=NOON)
    assert again == row
    with pytest.raises(archive.Differs):
        archive.remind(loan=loan, external_id="R1", sent_at=NOON, channel="call", by=operator, at=NOON)


def test_a_later_delivery_adds_payments(loan, operator):
    pay(loan, "P1", OCTOBER, by=operator)
    told = contract(payments=[paid("P1", OCTOBER), paid("P2", NOVEMBER)], guarantors=["G1"])
    assert len(archive.extend(source=the_source(), loan_facts=told, by=operator, at=NOON).payments) == 1
    assert loan.settlements.current().exists()
    with pytest.raises(archive.Differs):
        archive.extend(source=the_source(), loan_facts=told._replace(payments=()), by=operator, at=NOON)


def test_a_refund_of_what_was_too_much_leaves_the_loan_paid_and_does_its_step(loan, operator):
    pay(loan, "P1", OCTOBER, 230, by=operator)
    settlement = loan.settlements.get()
    assert (settlement.overpaid, "refund" in open_steps(loan)) == (30, True)
    pay(loan, "R1", NOVEMBER, 20, origin="refund", by=operator)
    assert "refund" in open_steps(loan)
    pay(loan, "R2", NOVEMBER, 10, origin="refund", by=operator)
    assert loan.steps.get(kind="refund").status == "done"
    assert loan.settlements.current().get() == settlement
    assert acts(loan)[-2:] == ["payment.refunded", "step.done"]


def test_money_that_comes_after_the_payoff_is_to_be_given_back(settled, operator):
    assert "refund" not in open_steps(settled)
    pay(settled, "P3", TODAY, 5, by=operator)
    assert "refund" in open_steps(settled)
    assert settled.settlements.count() == 1
    archive.reverse(loan=settled, external_id="P3", on=TODAY, by=operator, at=NOON)
    assert "refund" not in open_steps(settled)


def test_a_refund_of_what_was_owed_opens_the_loan_again(settled, operator):
    pay(settled, "R1", TODAY, 50, origin="refund", by=operator)
    settled.refresh_from_db()
    assert settled.status == "open"
    assert acts(settled)[-1] == "loan.reopened"


def test_a_payment_that_was_known_late_corrects_the_settlement(loan, operator):
    pay(loan, "P1", date(2026, 10, 11), 200, by=operator)
    archive.step_done(loan=loan, kind="mandate", on=TODAY, by=operator, at=NOON)
    archive.step_done(loan=loan, kind="record", on=TODAY, by=operator, at=NOON)
    pay(loan, "P0", OCTOBER, 100, by=operator)
    first, second = loan.settlements.order_by("version")
    assert (first.worst_dpd, first.superseded_at, second.superseded_at) == (10, NOON, None)
    assert (second.worst_dpd, second.version) == (0, 2)
    assert acts(loan)[-1] == "settlement.corrected"
    # What was done stays done; the record has to be drafted again, and too much money came.
    assert open_steps(loan) == {"record", "refund", "reminders", "guarantor"}
    assert loan.steps.get(version=2, kind="mandate").status == "done"
    assert BorrowerHistory.objects.get().worst_dpd == 0


def test_a_pause_known_late_corrects_the_settlement_and_twice_is_once(loan, operator):
    pay(loan, "P1", date(2026, 10, 11), 200, by=operator)
    days = {"starts_on": date(2026, 10, 2), "ends_on": date(2026, 10, 20), "reason": "flood"}
    row = archive.pause(loan=loan, **days, by=operator, at=NOON)
    assert archive.pause(loan=loan, **days, by=operator, at=NOON) == row
    assert [s.worst_dpd for s in loan.settlements.order_by("version")] == [10, 0]
    with pytest.raises(archive.Differs, match="pause"):
        archive.pause(loan=loan, **days | {"ends_on": date(2026, 10, 21)}, by=operator, at=NOON)


def test_a_loan_is_written_off_once_and_what_comes_then_is_recovered(loan, operator):
    for _ in range(2):
        archive.write_off(loan=loan, on=date(2026, 11, 10), by=operator, at=NOON)
    with pytest.raises(archive.Differs):
        archive.write_off(loan=loan, on=date(2026, 11, 11), by=operator, at=NOON)
    pay(loan, "P1", TODAY, 200, by=operator)
    assert loan.settlements.get().kind == "recovered"
    assert acts(loan).count("loan.written_off") == 1


def test_a_new_plan_replaces_what_differs_and_keeps_the_rest(loan, operator):
    pay(loan, "P1", OCTOBER, by=operator)
    new = [Due(1, OCTOBER, 100), Due(2, date(2026, 12, 1), 50), Due(3, date(2027, 1, 1), 60)]
    plan = {"dues": new, "from_on": date(2026, 10, 20), "reason": "agreed anew"}
    for _ in range(2):
        archive.replan(loan=loan, **plan, by=operator, at=NOON)
    assert acts(loan).count("loan.replanned") == 1
    rows = list(loan.instalments.order_by("number", "pk").values_list("number", "agreed_on", "replaced_on"))
    day = date(2026, 10, 20)
    assert rows == [(1, None, None), (2, None, day), (2, day, None), (3, day, None)]
    assert loan.instalments.get(number=1).cleared_on == OCTOBER
    with pytest.raises(archive.Differs, match="plan"):
        archive.replan(loan=loan, **plan | {"dues": new[:1], "from_on": OCTOBER}, by=operator, at=NOON)
    pay(loan, "P2", TODAY, 110, by=operator)
    assert loan.settlements.get().kind == "early"


def test_a_released_guarantor_does_the_step_only_when_all_are(operator):
    loan = open_loan(by=operator, guarantors=["G1", "G2"], payments=[paid("P1", NOVEMBER, 200)])
    for who, still in (("G1", True), ("G2", False)):
        for _ in range(2):
            archive.release_guarantor(loan=loan, external_id=who, on=TODAY, by=operator, at=NOON)
        assert ("guarantor" in open_steps(loan)) is still
    assert acts(loan).count("guarantor.released") == 2
    with pytest.raises(archive.Unknown):
        archive.release_guarantor(loan=loan, external_id="G3", on=TODAY, by=operator, at=NOON)


def test_what_is_not_there_cannot_be_reversed(loan, operator):
    with pytest.raises(archive.Unknown):
        archive.reverse(loan=loan, external_id="P9", on=TODAY, by=operator, at=NOON)
    pay(loan, "F1", OCTOBER, outcome="failed", error_code="no_funds", by=operator)
    with pytest.raises(archive.Differs):
        archive.reverse(loan=loan, external_id="F1", on=TODAY, by=operator, at=NOON)


def test_a_verb_is_all_or_nothing(settled, operator, monkeypatch):
    monkeypatch.setattr(histories, "stamp", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        archive.reverse(loan=settled, external_id="P2", on=TODAY, by=operator, at=NOON)
    settled.refresh_from_db()
    assert (settled.status, settled.settlements.count()) == ("settled", 1)
    assert settled.payments.get(external_id="P2").reversed_on is None


def test_a_payoff_that_comes_in_with_history_has_no_steps_and_fresh_news_has(operator):
    old = open_loan("L8", by=operator, payments=[paid("P1", date(2026, 10, 20), 200)])
    fresh = open_loan("L9", by=operator, guarantors=["G1"], payments=[paid("P1", date(2026, 10, 24), 205)])
    assert not old.steps.exists()
    assert open_steps(fresh) == {"mandate", "reminders", "record", "guarantor", "refund"}
    assert fresh.settlements.get().overpaid == 5
    assert fresh.steps.first().due_on == date(2026, 11, 26)  # three working days


def test_the_time_of_steps_runs_from_the_payoff_however_late_it_was_told(settled):
    third = date(2026, 11, 4)  # working day after a payoff on a Sunday, told of three weeks later
    assert not PayoffStep.objects.overdue(on=third).exists()
    assert PayoffStep.objects.overdue(on=third + timedelta(days=1)).count() == 4


def test_a_delivery_that_says_something_else_is_refused(loan, operator):
    pay(loan, "P1", OCTOBER, by=operator)
    told = contract(payments=[paid("P1", OCTOBER, 99)], guarantors=["G1"])
    for changed in (told, told._replace(payments=(), principal=1), told._replace(payments=(), guarantors=())):
        with pytest.raises(archive.Differs):
            archive.extend(source=the_source(), loan_facts=changed, by=operator, at=NOON)
    assert loan.payments.count() == 1


def test_a_delivery_adds_a_write_off_and_leaves_a_reversal_standing(loan, operator):
    pay(loan, "P1", OCTOBER, by=operator)
    archive.reverse(loan=loan, external_id="P1", on=TODAY, by=operator, at=NOON)
    told = contract(
        payments=[paid("P1", OCTOBER), paid("P2", TODAY)], guarantors=["G1"], written_off_on=NOVEMBER
    )
    for expected in (1, True), (0, False):
        added = archive.extend(source=the_source(), loan_facts=told, by=operator, at=NOON)
        assert (len(added.payments), added.is_loss) == expected
    loan.refresh_from_db()
    assert (loan.written_off_on, loan.status, loan.payments.count()) == (NOVEMBER, "open", 2)


def plan_from(day):
    return {"dues": [Due(1, OCTOBER, 100)], "from_on": day, "reason": "agreed anew"}


CANNOT_BE = [
    (archive.replan, plan_from(TOMORROW), "in_future"),
    (archive.replan, plan_from(BEFORE), "before_loan"),
    (archive.pay, {"paid": paid("P2", TOMORROW)}, "in_future"),
    (archive.pay, {"paid": paid("P2", BEFORE)}, "before_loan"),
    (archive.reverse, {"external_id": "P1", "on": TOMORROW}, "in_future"),
    (archive.reverse, {"external_id": "P1", "on": date(2026, 9, 30)}, "before_payment"),
    (archive.write_off, {"on": TOMORROW}, "in_future"),
    (archive.write_off, {"on": BEFORE}, "before_loan"),
    (archive.release_guarantor, {"external_id": "G1", "on": TOMORROW}, "in_future"),
]


@pytest.mark.parametrize(("verb", "facts", "reason"), CANNOT_BE)
def test_what_has_not_happened_yet_or_happened_before_the_loan_is_refused(
    loan, operator, verb, facts, reason
):
    pay(loan, "P1", OCTOBER, by=operator)
    before = acts(loan)
    with pytest.raises(Problem, match=reason):
        verb(loan=loan, **facts, by=operator, at=NOON)
    assert acts(loan) == before


def test_today_is_the_day_of_the_source(loan, operator):
    late = NOON.replace(hour=23).astimezone(UTC)
    assert archive.write_off(loan=loan, on=TODAY, by=operator, at=late).written_off_on == TODAY
    with pytest.raises(Problem, match="in_future"):
        archive.pay(loan=loan, paid=paid("P2", TOMORROW), by=operator, at=late)


@pytest.mark.parametrize(
    "terms",
    [{"disbursed_on": TOMORROW}, {"written_off_on": TOMORROW}, {"payments": [paid("P1", TOMORROW)]},
     {"payments": [paid("P1", OCTOBER, reversed_on=TOMORROW)]},
     {"dues": (Due(1, OCTOBER, 200, agreed_on=TOMORROW),)}],
)  # fmt: skip
def test_a_loan_whose_story_goes_on_tomorrow_does_not_open(operator, terms):
    with pytest.raises(Problem, match="in_future"):
        open_loan(by=operator, **terms)
    assert not Loan.objects.exists()


@pytest.fixture
def old(operator):
    """Paid off long before it came to us, so nobody has steps to do."""
    return open_loan("L8", by=operator, guarantors=["G1"], payments=[paid("P1", OCTOBER, 200)])


def test_money_after_an_old_payoff_is_somebodys_to_give_back(old, operator):
    pay(old, "P2", TODAY, 30, by=operator)
    assert open_steps(old) == {"refund"}
    assert old.steps.get().amount == 30
    # A correction takes the one step there is along, and invents no others.
    pay(old, "P0", date(2026, 9, 20), 200, by=operator)
    assert old.settlements.count() == 2
    assert (open_steps(old), old.steps.get().version) == ({"refund"}, 2)


def test_a_refund_that_a_person_has_done_is_opened_by_more_money_only(settled, operator, lin):
    pay(settled, "P3", TODAY, 30, by=operator)
    archive.step_done(loan=settled, kind="refund", on=TODAY, by=lin, at=NOON)
    archive.pause(loan=settled, starts_on=OCTOBER, ends_on=OCTOBER, reason="flood", by=operator, at=NOON)
    step = settled.steps.get(kind="refund")
    assert (step.status, step.done_by) == ("done", lin)
    pay(settled, "P4", TODAY, 5, by=operator)
    step.refresh_from_db()
    assert (step.status, step.amount, step.done_by) == ("open", 35, None)
    entry = LedgerEntry.objects.about(settled).get(what="step.reopened")
    assert entry.detail["was"] == {"by": "lin", "on": TODAY.isoformat()}


def test_a_refund_told_later_makes_room_for_the_next_one(settled, operator, lin):
    pay(settled, "P3", TODAY, 30, by=operator)
    archive.step_done(loan=settled, kind="refund", on=TODAY, by=lin, at=NOON)
    pay(settled, "R1", TODAY, 30, origin="refund", by=operator)
    assert settled.steps.get(kind="refund").done_by == lin
    pay(settled, "P4", TODAY, 5, by=operator)
    assert "refund" in open_steps(settled)


def test_what_machines_do_to_steps_stands_in_the_trail(settled, operator):
    archive.release_guarantor(loan=settled, external_id="G1", on=TODAY, by=operator, at=NOON)
    assert acts(settled)[-2:] == ["guarantor.released", "step.done"]
    archive.reverse(loan=settled, external_id="P2", on=TODAY, by=operator, at=NOON)
    entry = LedgerEntry.objects.about(settled).get(what="loan.reopened")
    assert entry.detail["not_needed"] == ["mandate", "record", "reminders"]


def test_what_was_told_before_the_payoff_closes_its_step_then(loan, operator):
    tells = {"loan": loan, "by": operator, "at": NOON}
    for day in (OCTOBER, OCTOBER, date(2026, 9, 30)):
        assert archive.step_done(kind="mandate", on=day, **tells) is None
        archive.step_done(kind="reminders", on=day, **tells)
    assert acts(loan) == ["loan.opened", "mandate.revoked", "reminders.recalled"]
    archive.remind(external_id="R1", sent_at=NOON, channel="sms", **tells)
    pay(loan, "P1", TODAY, 200, by=operator)
    # Whoever was reminded after the recall has to be left alone once more.
    assert open_steps(loan) == {"reminders", "record", "guarantor"}
    mandate = loan.steps.get(kind="mandate")
    assert (mandate.status, mandate.done_on, mandate.done_by) == ("done", OCTOBER, operator)


def test_a_person_ticks_with_a_day_from_the_payoff_to_today(settled, lin, operator):
    for day in (date(2026, 10, 31), TOMORROW):
        with pytest.raises(archive.NotAllowed, match="day"):
            archive.step_done(loan=settled, kind="mandate", on=day, by=lin, at=NOON)
    assert archive.step_done(loan=settled, kind="mandate", on=NOVEMBER, by=lin, at=NOON).done_on == NOVEMBER


def test_a_delivery_settles_a_loan_once_and_as_it_ends(loan, operator):
    """On the way it would have been settled, opened again and settled anew."""
    told = contract(
        payments=[paid("P1", OCTOBER, 200), paid("P2", NOVEMBER, 200), paid("P3", TODAY, 50)],
        guarantors=["G1"],
    )
    told = told._replace(payments=(told.payments[0]._replace(reversed_on=NOVEMBER), *told.payments[1:]))
    assert len(archive.extend(source=the_source(), loan_facts=told, by=operator, at=NOON).payments) == 3
    assert loan.payments.get(external_id="P1").reversed_on == NOVEMBER
    settlement = loan.settlements.get()
    assert (settlement.version, settlement.settled_on) == (1, NOVEMBER)
    assert acts(loan)[1:] == [
        "payment.came", "payment.reversed", "payment.came", "payment.came", "loan.settled",
    ]  # fmt: skip
    assert len(archive.extend(source=the_source(), loan_facts=told, by=operator, at=NOON).payments) == 0
