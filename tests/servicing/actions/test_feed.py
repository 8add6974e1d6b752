"""The loan core tells what happens, and each thing happens once and in order, however it arrives."""

import json
import os
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import OperationalError

from servicing.actions import archive, feed, privacy
from servicing.actions.feed import receiving
from servicing.actions.staff import machine
from servicing.domain.feed import messages, reading
from servicing.domain.feed.envelope import LARGEST
from servicing.domain.privacy import check_digit
from servicing.models import (
    Borrower,
    Feed,
    FeedDay,
    FeedMessage,
    FeedRefusal,
    LedgerEntry,
    Loan,
    Payment,
    Source,
    Stamp,
)
from tests.cast import NOON
from tests.servicing.core import NAME, NATIONAL_ID, PHONE, Core, keys_file
from tests.stories import acts

pytestmark = pytest.mark.django_db


@pytest.fixture
def core(settings, tmp_path):
    """A loan core whose key we know."""
    core = Core()
    settings.FEED_KEYS = keys_file(tmp_path / "feed.json", core)
    settings.FEED_FOLDER = tmp_path / "feed"
    return core


@pytest.fixture
def hear(core, clock):
    """hear(first, last) -> what the core is answered, after everything had its turn."""

    def hear(*span, at=NOON):
        answer = core.deliver(*span, at=at)
        feed.work(by=clock, at=at)
        return answer

    return hear


def statuses():
    return dict(FeedMessage.objects.values_list("sequence", "status"))


# --- What comes in -----------------------------------------------------------------------------------


def test_a_loan_is_opened_paid_and_settled_by_the_feed(core, hear):
    core.open("L1", name=NAME, national_id=NATIONAL_ID, phone=PHONE)
    core.pay("L1", "P1")
    assert hear() == 3
    loan = Loan.objects.get(external_id="L1")
    assert (loan.status, loan.settled_on.isoformat()) == ("settled", "2026-10-01")
    assert loan.settlements.current().get().kind == "normal"
    assert Stamp.objects.filter(borrower=loan.borrower).exists()
    assert Feed.objects.get().next == 3


def test_a_refused_message_takes_nothing_of_its_neighbours_and_leaves_nothing_of_its_own(core, hear):
    """In one handful: its entries, its mark and what it had changed in memory are undone with it."""
    core.open("L1", borrower="B1", dues=(("2026-10-01", "100.00"), ("2026-11-01", "100.00")))
    core.pay("L1", "P1")
    core.say("payment.reversed", "2026-10-03T10:00:00+08:00", "L1", payment_id="P1", amount="99.00")
    core.open("L2", borrower="B1")
    core.open("L3", borrower="B3", national_id="1")
    core.pay("L2", "P1")
    hear()
    assert statuses() == dict.fromkeys((1, 2, 4, 6), "applied") | dict.fromkeys((3, 5), "refused")
    counts = Counter(LedgerEntry.objects.values_list("what", flat=True))
    assert counts == {
        "feed.received": 1, "feed.applied": 1, "loan.opened": 2, "payment.came": 2, "loan.settled": 1,
    }  # fmt: skip
    assert Loan.objects.get(external_id="L1").payments.get().reversed_on is None
    assert [row.borrower.external_id for row in Stamp.objects.select_related("borrower")] == ["B1"]
    assert Borrower.objects.get().history.settled_loans == 1


def test_what_was_applied_leaves_no_body_behind(core, hear):
    core.open("L1", name=NAME, national_id=NATIONAL_ID, phone=PHONE)
    core.deliver(at=NOON)
    sealed = bytes(FeedMessage.objects.get().body)
    assert not any(secret.encode() in sealed for secret in (NAME, NATIONAL_ID, PHONE, "L1"))
    hear()
    assert FeedMessage.objects.get().body is None


def test_all_kinds_of_messages_are_understood(core, hear):
    core.open("L1", dues=(("2026-10-01", "100.00"), ("2026-11-01", "100.00")))
    core.told[-1]["guarantors"] = [{"guarantor_id": "G1", "name": NAME, "phone": ""}]
    core.say("payment.failed", "2026-10-01T08:00:00+08:00", "L1", payment_id="F1", amount="100",
             channel="debit-a", error_code="no_funds", app_version="6.2.0")  # fmt: skip
    core.say("reminder.sent", "2026-10-02T08:00:00+08:00", "L1", reminder_id="R1", channel="sms")
    core.say("loan.paused", "2026-10-03T08:00:00+08:00", "L1", starts_on="2026-10-03", ends_on="2026-10-10",
             reason="flood")  # fmt: skip
    plan = [
        {"number": 1, "due_on": "2026-10-01", "amount": "100"},
        {"number": 2, "due_on": "2026-12-01", "amount": "100"},
    ]
    core.say("loan.replanned", "2026-10-04T08:00:00+08:00", "L1", from_on="2026-10-04", reason="agreed",
             instalments=plan)  # fmt: skip
    core.pay("L1", "P1", at="2026-10-11T10:00:00+08:00")
    core.pay("L1", "P2", "130.00", at="2026-11-20T10:00:00+08:00")
    core.say("payment.refunded", "2026-11-21T10:00:00+08:00", "L1", payment_id="R1", amount="30.00")
    core.say("mandate.revoked", "2026-11-21T11:00:00+08:00", "L1")
    core.say("reminders.recalled", "2026-11-21T11:00:00+08:00", "L1")
    core.say("guarantor.released", "2026-11-21T12:00:00+08:00", "L1", guarantor_id="G1")
    core.open("L2")
    core.say("loan.written_off", "2026-11-22T12:00:00+08:00", "L2")
    hear()
    assert set(statuses().values()) == {"applied"}
    assert Payment.objects.get(external_id="F1").app_version == "6.2.0"
    loan = Loan.objects.get(external_id="L1")
    assert loan.status == "settled"
    assert loan.reminders.count() == loan.pauses.count() == 1
    steps = dict(loan.steps.values_list("kind", "status"))
    assert steps.pop("record") == "open"
    assert set(steps.values()) == {"done"}
    assert Loan.objects.get(external_id="L2").written_off_on.isoformat() == "2026-11-22"


def test_what_is_told_of_a_known_borrower_is_filled_in_or_ledgered(core, hear):
    core.open("L1")
    core.open("L2", name=NAME, national_id=NATIONAL_ID)
    core.open("L3", name="另一人", phone=PHONE)
    hear()
    assert set(statuses().values()) == {"applied"}
    person = Borrower.objects.get()
    assert [privacy.plain(person, name) for name in ("name", "phone")] == [NAME, PHONE]
    assert [entry.detail["fields"] for entry in acts("borrower.completed")] == [
        ["name", "national_id"], ["phone"]]  # fmt: skip
    assert [entry.detail["fields"] for entry in acts("borrower.differed")] == [["name"]]


def test_the_grace_of_an_instalment_comes_with_its_plan(core, hear):
    core.open("L1")
    core.told[0]["instalments"][0]["grace_days"] = 5
    core.pay("L1", "P1", at="2026-10-05T10:00:00+08:00")
    hear()
    assert Loan.objects.get().instalments.get().grace_days == 5
    assert Loan.objects.get().settlements.current().get().times_late == 0


def test_a_reversed_payment_opens_the_loan_again(core, hear):
    core.open("L1")
    core.pay("L1", "P1")
    core.say("payment.reversed", "2026-10-03T10:00:00+08:00", "L1", payment_id="P1", amount="100.00")
    hear()
    assert Loan.objects.get().status == "open"


@pytest.mark.parametrize("times", [2, 5])
def test_repeated_deliveries_change_nothing(core, hear, times):
    core.open("L1")
    core.pay("L1", "P1")
    answers = {hear() for _ in range(times)}
    assert answers == {3}
    assert Loan.objects.get().payments.count() == 1
    assert [len(acts(what)) for what in ("feed.received", "feed.applied", "payment.came")] == [1, 1, 1]


def test_a_gap_holds_what_comes_after_it(core, hear):
    core.open("L1")
    core.pay("L1", "P1")
    core.open("L2")
    assert hear(1, 1) == 2
    assert hear(3, 3) == 2
    assert statuses() == {1: "applied", 3: "waiting"}
    (gap,) = feed.troubles(at=NOON)
    assert (gap.code, gap.first, gap.count) == ("gap", 2, 1)
    assert hear(2, 2) == 4
    assert set(statuses().values()) == {"applied"}
    assert feed.troubles(at=NOON) == []


def test_the_same_content_may_be_spelled_otherwise(core, hear):
    core.open("L1")
    core.pay("L1", "P1")
    hear()
    core.told[1] = dict(reversed(core.told[1].items()))
    hear(2, 2)
    assert not FeedMessage.objects.filter(differs_at__isnull=False).exists()


def test_another_content_under_a_known_number_is_shown_and_never_applied(core, hear, ana):
    core.open("L1")
    core.pay("L1", "P1")
    hear()
    core.told[1]["amount"] = "99.00"
    assert hear() == 3
    assert str(Loan.objects.get().payments.get().amount) == "100.00"
    (found,) = feed.troubles(at=NOON)
    assert (found.code, found.count) == ("differs", 1)
    assert acts("feed.differed")[0].detail["sequences"] == [2]
    second = bytes(FeedMessage.objects.get(sequence=2).second_digest).hex()
    feed.keep(message=FeedMessage.objects.get(sequence=2), reason="the core mistyped it", by=ana, at=NOON)
    assert feed.troubles(at=NOON) == []
    assert len(second) == 64
    assert acts("feed.kept")[0].detail["left_out"] == second


def test_numbers_that_never_come_are_passed_over_for_a_reason(core, hear, ana, wei):
    for number in ("L1", "L2", "L3"):
        core.open(number, borrower=number)
    hear(3, 3)
    about, why = {"feed": Feed.objects.get(), "at": NOON}, "the core was restored from a copy"
    for who, last, words, code in [
        (wei, 2, why, "right"), (ana, 3, why, "range"), (ana, 0, why, "range"), (ana, 5000, why, "range"),
        (ana, 2, "..........", "reason"),
    ]:  # fmt: skip
        with pytest.raises(feed.NotAllowed, match=code):
            feed.pass_over(**about, last=last, reason=words, by=who)
    feed.pass_over(**about, last=2, reason=why, by=ana)
    assert (acts("feed.passed")[0].detail["first"], acts("feed.passed")[0].by) == (1, ana)
    assert hear(3, 3) == 4
    assert statuses() == {1: "skipped", 2: "skipped", 3: "applied"}
    assert feed.troubles(at=NOON) == []
    hear(2, 2)  # it comes nevertheless
    assert [trouble.code for trouble in feed.troubles(at=NOON)] == ["differs"]
    assert Loan.objects.count() == 1


def test_a_feed_begins_where_the_keys_file_says(core, clock, settings):
    known = json.loads(settings.FEED_KEYS.read_text())
    known["core"]["first"] = 3
    core.open("L1")
    core.open("L2", borrower="B2")
    core.open("L3", borrower="B3")
    settings.FEED_KEYS.write_text(json.dumps(known))
    with pytest.raises(feed.Refused, match="before_first"):
        core.deliver(2, 3, at=NOON)
    assert core.deliver(3, 3, at=NOON) == 4
    feed.work(by=clock, at=NOON)
    assert statuses() == {3: "applied"}
    assert feed.troubles(at=NOON) == []


# --- What is refused ---------------------------------------------------------------------------------


SPOILT = (
    "altered",
    "cut",
    "longer",
    "stranger",
    "other key name",
    "other source",
    "other numbers",
    "renamed key",
    "no seal",
    "garbage",
    "huge",
)


def spoilt(core):
    """Deliveries that are not what the core signed: (name, seal, body)."""
    seal, body = core.delivery()
    stranger = Core()
    yield "altered", seal, body.replace(b"100.00", b"900.00")
    yield "cut", seal, body[:-1]
    yield "longer", seal, body + b"\n"
    yield "stranger", stranger.sign(1, 2, body), body
    yield "other key name", core.sign(1, 2, body, key="k2"), body
    yield "other source", core.sign(1, 2, body, source="other"), body
    yield "other numbers", seal.replace(" 1 2 ", " 1 3 "), body
    yield "renamed key", seal.replace("k1", "k2"), body
    yield "no seal", "", body
    yield "garbage", "k1 1 2 !!!!", body
    yield "huge", core.sign(1, 2, huge := b" " * (LARGEST + 1)), huge


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_not_signed_as_it_stands_changes_nothing(core, clock, name):
    core.open("L1")
    core.pay("L1", "P1")
    seal, body = next((s, b) for n, s, b in spoilt(core) if n == name)
    with pytest.raises(feed.Refused) as refused:
        feed.deliver(
            source="core", seal=seal, body=body, door="https", by=clock, at=NOON, address="192.0.2.1"
        )
    assert refused.value.reason == "forged"
    assert not FeedMessage.objects.exists()
    assert FeedRefusal.objects.get().reason == "forged"


def test_a_delivery_for_one_core_is_nothing_to_another(core, settings, tmp_path, clock):
    core.open("L1")
    other = Core("other")
    other.private = core.private
    settings.FEED_KEYS = keys_file(tmp_path / "both.json", core, other)
    seal, body = core.delivery()
    with pytest.raises(feed.Refused):
        feed.deliver(source="other", seal=seal, body=body, door="https", by=clock, at=NOON)


WHOLE = '{"sequence": 1, "kind": "a.b", "at": "2026-10-01T10:00:00Z"'
UNREADABLE = [
    ("[]", "not_json"),
    ("{", "not_json"),
    ("[" * 50_000, "not_json"),
    ('{"sequence": 1, "sequence": 1}', "not_json"),
    ('{"sequence": true}', "not_json"),
    ('{"a": NaN}', "not_json"),
    ('{"a": "\\ud800"}', "not_json"),
    ('{"a": "\\u0000"}', "not_json"),
    ('{"kind": "a.b"}', "bad_sequence"),
    (WHOLE.replace("1,", "1.5,") + "}", "bad_sequence"),
    (WHOLE.replace("1,", "2,") + "}", "not_as_signed"),
    (WHOLE.replace("a.b", "A B") + "}", "bad_kind"),
    (WHOLE.replace("T10:00:00Z", "") + "}", "bad_at"),
    (WHOLE.replace("Z", "") + "}", "bad_at"),
    (WHOLE + ', "loan": {}}', "bad_loan"),
]


@pytest.mark.parametrize(("line", "reason"), UNREADABLE)
def test_a_signed_delivery_that_cannot_be_read_is_refused_whole(core, clock, line, reason):
    body = line.encode() + b"\n"
    with pytest.raises(feed.Refused) as refused:
        feed.deliver(source="core", seal=core.sign(1, 1, body), body=body, door="https", by=clock, at=NOON)
    assert (refused.value.reason, refused.value.line) == (reason, 1)
    assert not FeedMessage.objects.exists()


def test_a_refused_message_holds_only_its_loan_until_a_lead_retries(core, hear, ana, wei):
    core.pay("L1", "P0", "1.00", at="2026-10-01T09:00:00+08:00")  # not on file yet
    core.open("L2", borrower="B2")
    core.pay("L1", "P1")
    core.pay("L2", "P1")
    hear()
    assert statuses() == {1: "refused", 2: "applied", 3: "held", 4: "applied"}
    refused = FeedMessage.objects.get(sequence=1)
    assert (refused.reason, refused.body is None) == ("no_loan", False)
    (found,) = feed.troubles(at=NOON)
    assert (found.code, found.count) == ("refused", 1)
    with pytest.raises(feed.NotAllowed):
        feed.retry(message=refused, by=wei, at=NOON)
    assert feed.retry(message=refused, by=ana, at=NOON) == 0  # still not
    a_loan_by_hand(core)
    assert feed.retry(message=refused, by=ana, at=NOON) == 2
    assert statuses() == {1: "applied", 2: "applied", 3: "applied", 4: "applied"}
    assert len(acts("feed.retried")) == 2


def a_loan_by_hand(core):
    """The missing loan comes in by another way."""
    other = Core()
    other.open("L1", dues=(("2026-10-01", "101.00"),))
    (message,) = messages.parse(other.body(1, 1), first=1, last=1)
    borrower, loan = reading.opened(message, zone="Asia/Shanghai")
    source, by = Source.objects.get(code="core"), machine("operator")
    archive.open_loan(source=source, facts=(loan, borrower), by=by, at=NOON)


def test_a_lead_leaves_a_message_out_for_a_reason(core, hear, ana):
    core.open("L1")
    core.pay("L1", "P1", "not money")
    core.pay("L1", "P2")
    hear()
    message = FeedMessage.objects.get(sequence=2)
    assert (message.status, message.reason, message.field) == ("refused", "bad_money", "amount")
    with pytest.raises(feed.NotAllowed, match="reason"):
        feed.skip(message=message, reason="..........", by=ana, at=NOON)
    assert feed.skip(message=message, reason="the core knows it is void", by=ana, at=NOON) == 1
    assert statuses() == {1: "applied", 2: "skipped", 3: "applied"}
    assert acts("feed.skipped")[0].by == ana
    with pytest.raises(feed.NotAllowed, match="status"):
        feed.retry(message=message, by=ana, at=NOON)


REFUSED = [
    ({"kind": "loan.exploded"}, "unknown_kind"),
    ({"surprise": "1"}, "unknown_field"),
    ({"amount": "1.234"}, "bad_money"),
    ({"amount": ["1"]}, "unknown_value"),
    ({"origin": "heaven"}, "unknown_value"),
    ({"origin": "refund"}, "unknown_value"),
    ({"error_code": "x"}, "error_of_success"),
    ({"payment_id": ""}, "empty"),
    ({"loan": ""}, "no_loan"),
    ({"loan": "L9"}, "no_loan"),
    ({"at": "2026-08-31T10:00:00+08:00"}, "before_loan"),
]


@pytest.mark.parametrize(("change", "reason"), REFUSED)
def test_a_message_that_cannot_be_applied_says_why(core, hear, change, reason):
    core.open("L1")
    core.pay("L1", "P1")
    core.told[1] |= change
    hear()
    message = FeedMessage.objects.get(sequence=2)
    assert (message.status, message.reason) == ("refused", reason)
    assert message.words != reason  # there are words for it


AHEAD = [
    ("payment.made", "2027-11-23T12:00:00+08:00", {"payment_id": "P2", "amount": "100"}, "in_future"),
    ("payment.made", "2026-11-23T12:05:01+08:00", {"payment_id": "P2", "amount": "100"}, "in_future"),
    ("loan.written_off", "2026-11-24T09:00:00+08:00", {}, "in_future"),
    ("payment.reversed", "2026-10-01T09:59:59+08:00", {"payment_id": "P1", "amount": "40"}, "before_payment"),
    (
        "loan.replanned",
        "2026-11-23T09:00:00+08:00",
        {
            "from_on": "2026-11-24",
            "reason": "x",
            "instalments": [{"number": 1, "due_on": "2026-12-01", "amount": "100"}],
        },
        "in_future",
    ),
    ("day.closed", "2026-11-23T11:00:00+08:00", {"day": "2026-11-24", "totals": {}}, "in_future"),
]


@pytest.mark.parametrize(("kind", "at", "data", "reason"), AHEAD)
def test_what_has_not_happened_yet_is_refused(core, hear, kind, at, data, reason):
    core.open("L1")
    core.pay("L1", "P1", "40.00")
    core.say(kind, at, "" if kind == "day.closed" else "L1", **data)
    hear()
    message = FeedMessage.objects.get(sequence=3)
    assert (message.status, message.reason) == ("refused", reason)
    assert Loan.objects.get().status == "open"


def test_a_clock_that_is_a_little_ahead_does_no_harm(core, hear):
    core.open("L1")
    core.pay("L1", "P1", at="2026-11-23T12:05:00+08:00")
    hear()
    assert Loan.objects.get().status == "settled"


BORN_TOMORROW = "99010120261124001" + check_digit("99010120261124001")


@pytest.mark.parametrize(
    ("change", "owner", "field"),
    [
        ({"disbursed_on": "2026-11-24"}, {}, "disbursed_on"),
        ({}, {"national_id": BORN_TOMORROW}, "national_id"),
    ],
)
def test_a_loan_of_tomorrow_does_not_come_in(core, hear, change, owner, field):
    core.open("L1", dues=(("2026-12-01", "100.00"),), **owner)
    core.told[0]["terms"] |= change
    hear()
    message = FeedMessage.objects.get()
    assert (message.status, message.field) == ("refused", field)
    assert message.reason.endswith("in_future")
    assert not Loan.objects.exists()


def test_a_surprise_in_a_verb_holds_one_loan_and_not_the_feed(core, hear, monkeypatch):
    def broken(**_):
        raise RuntimeError(NATIONAL_ID)

    monkeypatch.setattr(archive, "pay", broken)
    core.open("L1")
    core.pay("L1", "P1")
    core.open("L2", borrower="B2")
    hear()
    assert statuses() == {1: "applied", 2: "refused", 3: "applied"}
    message = FeedMessage.objects.get(sequence=2)
    assert (message.reason, message.field) == ("failed", "RuntimeError")


# --- Days --------------------------------------------------------------------------------------------


def test_a_day_is_equal_when_both_count_the_same(core, hear):
    core.open("L1", at="2026-10-01T09:00:00+08:00", dues=(("2026-11-01", "100.00"),))
    core.pay("L1", "P1", "40.00", at="2026-10-01T23:59:59+08:00")
    core.pay("L1", "P2", "10.00", at="2026-10-01T16:00:00+00:00")  # the next day in Beijing
    core.close("2026-10-01", loans=(1, "90.00"), payments=(1, "40.00"))
    hear()
    day = FeedDay.objects.get()
    assert (day.status, day.found["payments"]) == ("equal", [1, "40.00"])


def test_a_difference_is_shown_until_the_numbers_or_a_lead_settle_it(core, hear, ana):
    core.open("L1", at="2026-10-01T09:00:00+08:00", dues=(("2026-11-01", "100.00"),))
    core.close("2026-10-01", loans=(1, "90.00"), payments=(2, "80.00"))
    hear()
    (found,) = feed.troubles(at=datetime(2026, 10, 2, 12, tzinfo=UTC))
    assert found.code == "different"
    core.pay("L1", "P1", "40.00", at="2026-10-01T20:00:00+08:00")
    hear(3, 3)
    assert FeedDay.objects.get().status == "different"
    core.pay("L1", "P2", "40.00", at="2026-10-01T21:00:00+08:00")
    hear(4, 4)
    assert FeedDay.objects.get().status == "equal"
    core.close("2026-10-01", loans=(1, "90.00"), payments=(3, "80.00"))
    hear(5, 5)
    day = FeedDay.objects.get()
    assert day.status == "different"
    feed.accept(day=day, reason="the core counts a test payment", by=ana, at=NOON)
    assert FeedDay.objects.get().status == "accepted"
    core.pay("L1", "P3", "1.00", at="2026-10-01T22:00:00+08:00")
    hear(6, 6)
    day.refresh_from_db()
    assert (day.status, day.accepted_by) == ("different", None)


def test_a_fact_counts_once_however_many_numbers_tell_it(core, hear):
    for _ in range(2):
        core.open("L1", at="2026-10-01T09:00:00+08:00", dues=(("2026-11-01", "100.00"),))
        core.pay("L1", "P1", "40.00", at="2026-10-01T10:00:00+08:00")
    core.close("2026-10-01", loans=(1, "90.00"), payments=(1, "40.00"))
    hear()
    assert set(statuses().values()) == {"applied"}
    assert FeedDay.objects.get().status == "equal"


def test_a_day_that_nobody_closes_becomes_late(core, hear, clock):
    core.open("L1", at="2026-10-01T09:00:00+08:00", dues=(("2026-11-01", "100.00"),))
    hear()
    midnight = datetime(2026, 10, 1, 16, tzinfo=UTC)  # 2 October begins in Beijing
    assert feed.expect(by=clock, at=midnight + timedelta(hours=24, seconds=-1)) == 0
    assert feed.expect(by=clock, at=midnight + timedelta(hours=24)) == 1
    assert feed.expect(by=clock, at=midnight + timedelta(hours=24)) == 0
    (found,) = feed.troubles(at=midnight + timedelta(hours=24))
    assert (found.code, found.count) == ("late", 1)
    assert [entry.detail["days"] for entry in acts("feed.late")] == [1]
    core.close("2026-10-01", loans=(1, "90.00"))
    hear(2, 2)
    assert FeedDay.objects.get().status == "equal"


def test_messages_that_nobody_applies_are_told(core):
    core.open("L1")
    core.deliver(at=NOON)
    assert feed.troubles(at=NOON + timedelta(minutes=5)) == []
    (found,) = feed.troubles(at=NOON + timedelta(minutes=6))
    assert (found.code, found.count) == ("behind", 1)


# --- The drop folder ---------------------------------------------------------------------------------


def test_files_are_taken_in_once_and_deleted(core, clock):
    core.open("L1")
    core.pay("L1", "P1")
    second, first = core.drop(2, 2), core.drop(1, 1)
    assert feed.collect(by=clock, at=NOON) == 2
    feed.work(by=clock, at=NOON)
    assert Loan.objects.get().status == "settled"
    assert not first.exists()
    assert list(second.parent.iterdir()) == []


def test_a_file_on_its_way_waits(core, clock, settings):
    core.open("L1")
    path = core.drop()
    whole = path.read_bytes()
    path.write_bytes(whole[:10])
    assert feed.collect(by=clock, at=NOON) == 0
    assert path.exists()
    path.write_bytes(whole)
    assert feed.collect(by=clock, at=NOON) == 1
    bare = core.drop(name="bare.jsonl")
    os.unlink(f"{bare}.sig")
    assert feed.collect(by=clock, at=NOON) == 0
    assert bare.exists()
    assert not FeedRefusal.objects.exists()


def test_a_file_that_stays_wrong_is_set_aside_and_later_forgotten(core, clock, settings):
    core.open("L1")
    path = core.drop()
    path.write_bytes(b"{}\n")
    old = NOON.timestamp() - 3600 * 24 * 400
    for one in (path, f"{path}.sig"):
        os.utime(one, (old, old))
    assert feed.collect(by=clock, at=NOON) == 0
    aside = settings.FEED_FOLDER / "core" / "refused"
    assert sorted(one.name for one in aside.iterdir()) == ["000000000001.jsonl", "000000000001.jsonl.sig"]
    assert FeedRefusal.objects.get().door == "folder"
    feed.tidy(at=NOON + timedelta(days=8))
    assert list(aside.iterdir()) == []
    assert not FeedRefusal.objects.exists()


def test_links_and_pipes_in_the_folder_are_nobodys_delivery(core, clock, tmp_path):
    core.open("L1")
    path = core.drop()
    (tmp_path / "elsewhere").write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    pipe = path.with_name("pipe.jsonl")
    os.mkfifo(pipe)
    (path.with_name("pipe.jsonl.sig")).write_text("x")
    assert feed.collect(by=clock, at=NOON) == 0


def test_a_deep_line_stops_neither_the_folder_nor_the_door(core, client, clock, settings):
    core.open("L1")
    bad, good = core.drop(1, 1, name="a.jsonl"), core.drop(1, 1, name="b.jsonl")
    deep = core.body(1, 1).replace(b"}\n", b',"x":' + b"[" * 900 + b"]" * 900 + b"}\n")
    bad.write_bytes(deep)
    seal = core.sign(1, 1, deep)
    (bad.with_name("a.jsonl.sig")).write_text(seal)
    os.utime(bad, (1, 1))
    os.utime(f"{bad}.sig", (1, 1))
    assert feed.collect(by=clock, at=NOON) == 1
    assert not bad.exists()
    assert not good.exists()
    assert FeedRefusal.objects.get().reason == "not_json"
    answer = client.post(
        "/feed/core/", deep, content_type="application/octet-stream", headers={"Feed-Seal": seal}
    )
    assert (answer.status_code, answer.json()["error"]) == (422, "not_json")


def broken(error):
    """A way to store that fails like this for the delivery that begins with number 1."""
    store = receiving.store

    def store_or_fail(sender, seal, messages, **more):
        if seal.first == 1:
            raise error
        return store(sender, seal, messages, **more)

    return store_or_fail


def test_a_file_that_nobody_foresaw_is_set_aside_and_the_next_one_taken(core, clock, settings, monkeypatch):
    core.open("L1")
    core.pay("L1", "P1")
    bad, good = core.drop(1, 1), core.drop(2, 2)
    monkeypatch.setattr(receiving, "store", broken(RecursionError("never said")))
    assert feed.collect(by=clock, at=NOON) == 1
    assert not good.exists()
    assert (settings.FEED_FOLDER / "core" / "refused" / bad.name).exists()
    assert (FeedRefusal.objects.get().reason, FeedRefusal.objects.get().door) == ("failed", "folder")


def test_a_database_that_is_away_says_nothing_about_the_file(core, clock, monkeypatch):
    core.open("L1")
    path = core.drop(1, 1)
    monkeypatch.setattr(receiving, "store", broken(OperationalError("away")))
    with pytest.raises(OperationalError):
        feed.collect(by=clock, at=NOON)
    assert path.exists()


def test_a_file_that_cannot_be_moved_stops_nothing(core, clock, settings):
    core.open("L1")
    bad, good = core.drop(1, 1, name="a.jsonl"), core.drop(1, 1, name="b.jsonl")
    bad.write_bytes(b"{}\n")
    os.utime(bad, (1, 1))
    os.utime(f"{bad}.sig", (1, 1))
    (settings.FEED_FOLDER / "core" / "refused" / bad.name).mkdir(parents=True)
    assert feed.collect(by=clock, at=NOON) == 1
    assert not good.exists()
    assert bad.exists()
    assert [(t.source, t.code) for t in feed.doors()] == [("core", "bad_folder")]


def test_a_folder_named_like_a_file_costs_no_handle_and_stops_nothing(core, clock, settings):
    core.open("L1")
    path = core.drop(name="b.jsonl")
    path.with_name("a.jsonl").mkdir()
    path.with_name("a.jsonl.sig").mkdir()
    old = settings.FEED_FOLDER / "core" / "refused" / "kept"
    old.mkdir(parents=True)
    os.utime(old, (1, 1))
    (old.parent / "link").symlink_to(old)
    os.utime(old.parent / "link", (1, 1), follow_symlinks=False)
    open_before = len(os.listdir("/proc/self/fd"))
    assert feed.collect(by=clock, at=NOON) == 1
    for _ in range(5):
        assert feed.collect(by=clock, at=NOON) == 0
    feed.tidy(at=NOON)
    assert len(os.listdir("/proc/self/fd")) == open_before
    assert [one.name for one in old.parent.iterdir()] == ["kept"]


def test_one_bad_door_stops_no_other(core, clock, settings, tmp_path):
    core.open("L1")
    core.drop()
    other = Core("other")
    settings.FEED_KEYS = keys_file(tmp_path / "both.json", other, core)
    inbox = settings.FEED_FOLDER / "other" / "in"
    inbox.parent.mkdir(parents=True)
    inbox.write_text("no folder")
    assert feed.collect(by=clock, at=NOON) == 1
    assert [(t.source, t.code) for t in feed.doors()] == [("other", "bad_folder")]
    whole = settings.FEED_KEYS.read_text()
    settings.FEED_KEYS.write_text("{")
    core.drop(name="again.jsonl")
    for later in (0, 15):
        assert feed.collect(by=clock, at=NOON + timedelta(seconds=later)) == 0
    assert [(t.code, t.since) for t in feed.troubles(at=NOON)][1:] == [("bad_keys", NOON)]
    settings.FEED_KEYS.write_text(whole)
    inbox.unlink()
    assert feed.collect(by=clock, at=NOON) == 1
    assert feed.doors() == []


def test_nothing_in_the_trail_or_the_rows_says_who_it_was(core, hear):
    core.open("L1", name=NAME, national_id=NATIONAL_ID, phone=PHONE)
    core.told[0]["terms"]["principal"] = "x"
    hear()
    assert statuses() == {1: "refused"}
    text = json.dumps([entry.detail for entry in LedgerEntry.objects.all()])
    assert not any(secret in text for secret in (NAME, NATIONAL_ID, PHONE))
    assert not Borrower.objects.exists()


def test_what_is_told_before_the_payoff_counts_at_the_payoff(core, hear):
    core.open("L1")
    core.say("mandate.revoked", "2026-10-01T10:00:00+08:00", "L1")
    hear()
    assert Loan.objects.get().mandate_revoked_on == date(2026, 10, 1)
