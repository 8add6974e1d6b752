"""Whatever happens to two loans of one borrower, in whatever order it is told: what is stored is the replay
of the stored facts by the domain. AFTERCARE_EXAMPLES says how many stories are made up.
"""

import os
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from servicing.actions import archive
from servicing.actions.archive import certificates
from servicing.domain.archive import Due, Paid, Pause, clear, settle, standing
from servicing.domain.intake.layout import Problem
from servicing.models import BorrowerHistory, Certificate, LedgerEntry, Loan, Payment, Settlement, Staff
from tests.cast import NOON, TODAY
from tests.servicing.contracts import open_loan, paid
from tests.servicing.sums import added_up, next_lapse

BEGAN = date(2026, 9, 1)
WHICH = st.sampled_from(["L1", "L2"])
DAYS = st.integers(0, 83).map(lambda days: BEGAN + timedelta(days=days))
AMOUNTS = st.sampled_from([1, 50, 100, 100, 200, 200, 250])
ORIGINS = st.sampled_from(["borrower"] * 4 + ["guarantor", "waiver", "refund"])
COLUMNS = "kind settled_on days_late worst_dpd times_late failed_payments paid overpaid profile".split()


class Replay(RuleBasedStateMachine):
    """Each example works behind a savepoint and leaves nothing."""

    @initialize()
    def open(self):
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.by, self.lin = Staff.objects.get(username="operator"), Staff.objects.get(username="lin")
        for number in ("L1", "L2"):
            open_loan(number, by=self.by, guarantors=["G1"])
        self.told, self.numbers = [], 0

    def teardown(self):
        if hasattr(self, "savepoint"):
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    def tell(self, verb, number, **facts):
        """Tell a fact, and keep it to be told again."""
        call = partial(verb, loan=Loan.objects.get(external_id=number), by=self.by, at=NOON, **facts)
        self.told.append(call)
        try:
            with transaction.atomic():
                call()
        except (archive.Differs, archive.Unknown, Problem):
            self.told.remove(call)

    @rule(number=WHICH, day=DAYS, amount=AMOUNTS, origin=ORIGINS, fails=st.sampled_from([False] * 5 + [True]))
    def money(self, number, day, amount, origin, fails):
        self.numbers += 1
        outcome = {"outcome": "failed"} if fails and origin == "borrower" else {}
        row = paid(f"P{self.numbers}", day, amount, origin=origin, **outcome)
        self.tell(archive.pay, number, paid=row)

    @rule(number=WHICH, day=DAYS, data=st.data())
    def reversal(self, number, day, data):
        there = list(Payment.objects.filter(loan__external_id=number).values_list("external_id", flat=True))
        self.tell(archive.reverse, number, external_id=data.draw(st.sampled_from(["P0", *there])), on=day)

    @rule(number=WHICH, day=DAYS)
    def write_off(self, number, day):
        self.tell(archive.write_off, number, on=day)

    @rule(number=WHICH, day=DAYS, length=st.integers(0, 40))
    def pause(self, number, day, length):
        until = day + timedelta(days=length)
        self.tell(archive.pause, number, starts_on=day, ends_on=until, reason="flood")

    @rule(number=WHICH, day=DAYS, amounts=st.lists(AMOUNTS, min_size=1, max_size=4), grace=st.integers(0, 5))
    def plan(self, number, day, amounts, grace):
        dues = [
            Due(turn, BEGAN + timedelta(days=30 * turn), Decimal(amount), grace)
            for turn, amount in enumerate(amounts, start=1)
        ]
        self.tell(archive.replan, number, dues=dues, from_on=day, reason="agreed anew")

    @rule(number=WHICH, kind=st.sampled_from(["mandate", "record", "refund", "guarantor"]), day=DAYS)
    def tick(self, number, kind, day):
        self.tell(archive.step_done, number, kind=kind, on=day)

    @rule(number=WHICH, day=DAYS)
    def release(self, number, day):
        self.tell(archive.release_guarantor, number, external_id="G1", on=day)

    @rule()
    def certify(self):
        for loan in Loan.objects.settled():
            assert certificates.issue(loan=loan, by=self.lin, at=NOON)

    @rule(data=st.data())
    def tell_again(self, data):
        facts = [call for call in self.told if call.func not in (archive.replan, archive.step_done)]
        if facts:
            before = LedgerEntry.objects.count()
            data.draw(st.sampled_from(facts))()
            assert LedgerEntry.objects.count() == before

    @invariant()
    def what_is_stored_is_what_the_facts_say(self):
        if hasattr(self, "by"):
            ends = [self.judge(loan) for loan in Loan.objects.order_by("pk")]
            self.judge_history([end for end in ends if end])

    def judge(self, loan):
        """One loan against its replay; its current settlement, or None."""
        dues = [
            Due(*row)
            for row in loan.instalments.values_list(
                "number", "due_on", "amount", "grace_days", "agreed_on", "replaced_on"
            )
        ]
        money = [
            Paid(*row)
            for row in loan.payments.values_list("paid_on", "amount", "origin", "outcome", "reversed_on")
        ]
        pauses = [Pause(*row) for row in loan.pauses.values_list("starts_on", "ends_on")]
        outcome = settle(dues, money, disbursed_on=BEGAN, written_off_on=loan.written_off_on, pauses=pauses)
        current = loan.settlements.current().first()
        assert (loan.status == "settled") is (outcome is not None) is (current is not None)
        assert dict(
            loan.instalments.in_force().exclude(cleared_on=None).values_list("number", "cleared_on")
        ) == clear(dues, money)
        if outcome:
            assert [getattr(current, name) for name in COLUMNS] == [getattr(outcome, n) for n in COLUMNS]
            assert loan.settled_on == outcome.settled_on
        overpaid = standing(dues, money, on=TODAY).overpaid
        self.judge_versions(loan, current, overpaid=overpaid)
        return current

    def judge_versions(self, loan, current, *, overpaid):
        """Versions without gaps; what is open or valid belongs to the present one."""
        versions = list(loan.settlements.order_by("version"))
        assert [row.version for row in versions] == list(range(1, len(versions) + 1))
        assert [row for row in versions if row.superseded_at is None] == [current] * (current is not None)
        for before, after in pairwise(versions):
            assert (before.kind, after.kind) != ("reopened", "reopened")
        open_steps = {(step.version, step.kind) for step in loan.steps.open()}
        assert {version for version, _ in open_steps} <= ({current.version} if current else set())
        if current and not overpaid:
            assert (current.version, "refund") not in open_steps
        if current and not loan.guarantors.filter(released_on=None).exists():
            assert (current.version, "guarantor") not in open_steps
        standing = Certificate.objects.filter(loan=loan, revoked_at=None)
        valid = [row for row in standing if row.state == "valid"]
        assert len(valid) <= 1 if current else not standing.exists()

    def judge_history(self, ends):
        history = BorrowerHistory.objects.first()
        assert (history is not None) is bool(ends)
        if ends:
            loans = Loan.objects.all()
            expected = added_up(ends, loans, on=TODAY)
            assert {name: getattr(history, name) for name in expected} == expected
            assert history.next_lapse_on == next_lapse(ends, loans, on=TODAY)
        assert Settlement.objects.current().count() == len(ends)


@pytest.mark.django_db
def test_what_is_stored_is_the_replay_of_the_facts():
    run_state_machine_as_test(
        Replay,
        settings=settings(
            max_examples=int(os.environ.get("AFTERCARE_EXAMPLES", "8")),
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
