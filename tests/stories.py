"""Small rows that stories on pages begin with: one borrower, one settled loan, one case."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from feedback.actions import responses
from feedback.domain import loyalty
from feedback.models import Campaign, CampaignResult, Hold, Offer, Standing, Survey, TierChange, TierRules
from reviews.actions import scoring
from reviews.models import Alert, Case, RuleHold, Scorecard
from servicing.actions import calls, messages, phones, privacy
from servicing.actions.archive import roll_up
from servicing.actions.controls import thresholds
from servicing.actions.feed.receiving import spot
from servicing.domain import archive
from servicing.domain.feed.messages import Message as Told
from servicing.domain.privacy import place
from servicing.models import (
    Borrower,
    Deputy,
    Feed,
    FeedDay,
    FeedMessage,
    ImportBatch,
    Instalment,
    LedgerEntry,
    Loan,
    Message,
    Payment,
    Product,
    Run,
    Settlement,
    Shard,
    Source,
    Staff,
)
from tests.cast import NOON, TODAY

NAME, PHONE, NATIONAL_ID = "欧阳测试", "10012345678", "990101199001010016"


def a_borrower(*, sampled=True, **identity):
    """A borrower with an identity that belongs to nobody; in today's sample of an auditor, or not."""
    source, _ = Source.objects.get_or_create(code="core", defaults={"name": "Core"})
    digit = archive.DIGITS[TODAY.toordinal() % 32]
    (row_id,) = privacy.reserve(1)
    while (archive.reference(row_id)[-1] == digit) is not sampled:
        (row_id,) = privacy.reserve(1)
    named = {"name": NAME, "phone": PHONE, "national_id": f"{NATIONAL_ID[:6]}{row_id:012d}"} | identity
    return Borrower.objects.create(
        pk=row_id,
        source=source,
        external_id=f"B{row_id}",
        reference=archive.reference(row_id),
        created_at=NOON,
        **privacy.seal(row_id, **named),
    )


def a_loan(
    borrower, *, number="L1", settled_on=TODAY - timedelta(days=3), days_late=0, kind="normal", paid=1100
):
    """One settled loan with its instalment, payment, settlement and the borrower's history."""
    product, _ = Product.objects.get_or_create(code="flash", defaults={"name": "Flash"})
    began = settled_on - timedelta(days=30)
    loan = Loan.objects.create(
        borrower=borrower, product=product, source=borrower.source, external_id=number,
        principal=Decimal(1000), total_due=Decimal(paid), disbursed_on=began, status="settled",
        settled_on=settled_on, known_on=began,
    )  # fmt: skip
    due_on = settled_on - timedelta(days=days_late)
    Instalment.objects.create(loan=loan, number=1, due_on=due_on, amount=paid, cleared_on=settled_on)
    Payment.objects.create(
        loan=loan, external_id="P1", amount=paid, paid_at=NOON, paid_on=settled_on, known_on=settled_on
    )
    Settlement.objects.create(
        loan=loan, borrower=borrower, kind=kind, settled_on=settled_on, final_due_on=due_on,
        disbursed_on=began, days_late=days_late, worst_dpd=max(days_late, 0), times_late=int(days_late > 0),
        instalments=1, failed_payments=0, paid=paid, profile="/" * 22 + "NC", frozen_at=NOON,
        known_on=settled_on,
    )  # fmt: skip
    roll_up([borrower.pk], on=TODAY, at=NOON)
    return loan


def a_case(borrower, *, owner=None, value=40, rule="worst_late", feature="worst_dpd"):
    """An open case with one alert that fired for `value`."""
    case = Case.objects.create(
        borrower=borrower, group="repayment", priority=60, owner=owner, taken_at=owner and NOON,
        opened_at=NOON, opened_on=TODAY, due_on=TODAY + timedelta(days=3),
    )  # fmt: skip
    seen = {
        "as_of": TODAY.isoformat(),
        "version": 1,
        "conditions": [{"feature": feature, "op": ">=", "threshold": 31}],
        "values": {feature: value},
    }
    Alert.objects.create(
        borrower=borrower, rule=rule, rule_version=1, group="repayment", status="open", severity=value,
        priority=60, evidence=seen, latest=seen, opened_on=TODAY, refreshed_on=TODAY, case=case,
    )  # fmt: skip
    return case


def a_run(by, *, status="done", shard="done"):
    """A recheck of today with one shard."""
    run = Run.objects.create(
        kind="recheck", slot=f"{TODAY}#{Run.objects.count()}", status=status, by=by, started_at=NOON,
        params={"as_of": TODAY.isoformat(), "borrower": None}, finished_at=NOON if status == "done" else None,
        result={"as_of": TODAY.isoformat(), "borrowers": 10, "fired": {"worst_late": 1}, "seconds": 1.5,
                "editions": [1]}
        if status == "done" else {},
    )  # fmt: skip
    Shard.objects.create(run=run, number=1, size=10, status=shard, attempts=3 if shard != "done" else 1)
    return run


def a_card(by):
    """A draft that gives three points more for the worst days past due, and looks at one feature less."""
    card = Scorecard.objects.active().get()
    bins = {name: scale for name, scale in card.bins.items() if name != "settled_loans"}
    bins["worst_dpd"] = {"missing": 3, "bins": [[0, 3], [None, 43]]}
    return scoring.draft(base=card.base, bins=bins, bounds=card.bounds, by=by, at=NOON)


def a_hold(run):
    return RuleHold.objects.create(rule="worst_late", version=1, run=run, fired=6, borrowers=10, held_at=NOON)


def an_import(by, *, digest="d" * 64):
    """Files that wait for a second person."""
    run = Run.objects.create(
        kind="import.check", slot=digest[:8], status="done", by=by, started_at=NOON, finished_at=NOON
    )
    return ImportBatch.objects.create(
        digest=digest, layout="native", name="november", door="browser", status="checked",
        staged_by=by, staged_at=NOON, run=run,
    )  # fmt: skip


def a_feed():
    """A feed with a refused message and a day that differs: (message, day)."""
    source, _ = Source.objects.get_or_create(code="core", defaults={"name": "Core"})
    feed, _ = Feed.objects.get_or_create(source=source, defaults={"next": 2, "began_on": TODAY})
    said = Told(1, "payment.made", NOON, "L9", {"payment_id": "P1", "amount": "5.00"})
    message = FeedMessage.objects.create(
        feed=feed, sequence=1, kind="payment.made", at=NOON, day=TODAY, loan="L9", digest=b"d" * 32,
        body=privacy.keyring().seal(said.canonical(), place=spot(feed.pk, 1)), received_at=NOON,
        status="refused", reason="no_loan",
    )  # fmt: skip
    day = FeedDay.objects.create(
        feed=feed, day=TODAY, status="different", declared={"payments": [1, "5.00"]}, closed_at=NOON,
        checked_at=NOON,
    )  # fmt: skip
    return message, day


def a_proposal(by, *, value=50, at=NOON):
    """A risk officer wants the team to take more cases a day."""
    return thresholds.propose_threshold(
        code="queue.daily_capacity", value=value, from_on=timezone.localdate(at),
        purpose="the team has one more reviewer", by=by, at=at,
    )  # fmt: skip


def a_deputy(person="ana", deputy="bo"):
    people = Staff.objects.in_bulk([person, deputy], field_name="username")
    return Deputy.objects.create(
        person=people[person], deputy=people[deputy], from_on=TODAY, to_on=TODAY, by=people[person], at=NOON
    )


def a_campaign(hua, pei, **said):
    """A campaign that runs since today, with a measurement of today."""
    words = {
        f"{name}_{code}": f"{name} {code}" for name in ("title", "terms", "script") for code in ("zh", "en")
    }
    on = timezone.localdate()
    row = Campaign.objects.create(
        kind="rate", conditions=[{"fact": "settled_loans", "op": ">=", "value": 1}], budget=1000, cost=10,
        starts_on=on, ends_on=on + timedelta(days=60), offer_days=30, held_percent=20,
        drafted_by=hua, drafted_at=NOON,
        **words | {"status": "running", "approved_by": pei, "approved_at": NOON, "drawn_on": on}
        | {"cap_days": 14} | said,
    )  # fmt: skip
    group = {"people": 100, "returned": 30, "overdue": 2, "interest": "900.00", "loss": "50.00",
             "cost": "10.00", "net": "840.00"}  # fmt: skip
    measures = {f"{name}{end}": 1.5 for name in ("lift", "overdue", "net") for end in ("", "_low", "_high")}
    CampaignResult.objects.create(
        campaign=row, on=on, at=NOON, verdict="not_enough", needed=900,
        groups={"offered": group, "held_out": group}, **measures,
    )  # fmt: skip
    return row


def an_offer(campaign, borrower, **said):
    on = timezone.localdate()
    told = {
        "status": "offered",
        "drawn_on": on,
        "expires_on": on + timedelta(days=30),
        "facts": {"settled_loans": 1},
    }
    return Offer.objects.create(campaign=campaign, borrower=borrower, **told | said)


def a_standing(borrower, *, falls=False):
    """On the bronze tier; tomorrow no longer, if it falls."""
    rules, on = TierRules.objects.active().get(), timezone.localdate()
    facts = {fact.code: 0 for fact in loyalty.FACTS} | {"settled_loans": 1, "on_time_percent": 100}
    fall = {"falls_to": 0, "falls_on": on + timedelta(days=1), "falls_facts": facts | {"worst_dpd": 40},
            "falls_rules": rules}  # fmt: skip
    standing = {"level": 1, "facts": facts, "rules": rules, "since_on": on} | (fall if falls else {})
    TierChange.objects.create(borrower=borrower, on=on, level_before=0, level=1, facts=facts, rules=rules)
    return Standing.objects.create(borrower=borrower, **standing)


def kept_from_offers(borrower, wei, ana):
    """Two people of risk said: no offers."""
    on = timezone.localdate()
    return Hold.objects.create(
        borrower=borrower, reason="an inquiry runs", from_on=on, until_on=on + timedelta(days=9),
        placed_by=wei, placed_at=NOON, confirmed_by=ana, confirmed_at=NOON,
    )  # fmt: skip


def a_message(borrower, by, *, status="queued"):
    """News to a borrower that waits, or that got stuck."""
    key = f"told-{borrower.pk}-{Message.objects.count()}"
    message = messages.queue(
        borrower=borrower, purpose="service", kind="told", key=key, subject="News", body="It is mended.",
        by=by, at=NOON,
    )  # fmt: skip
    if status != "queued":
        message.status, message.why, message.gateway, message.attempts = status, "cut_off", "smtp", 1
        message.save(update_fields=["status", "why", "gateway", "attempts"])
    return message


def a_response(borrower, *, by, at=NOON, **more):
    """A complaint of a borrower, or what else is said, logged by somebody."""
    said = {"kind": "complaint", "channel": "call", "where": "debit", "words": "debited twice"} | more
    return responses.log(borrower=borrower, by=by, at=at, **said)


def a_new_phone(borrower, *, by, phone="10098765432", at=NOON):
    """A number that a verified caller named, and that waits for a second person."""
    said = {"name": NAME, "phone": PHONE}
    calls.verify(borrower=borrower, said=said, by=by, at=at)
    return phones.note(borrower=borrower, phone=phone, by=by, at=at)


def a_survey(borrower, loan, by):
    """A borrower was asked after a payoff and has not answered."""
    return Survey.objects.create(
        borrower=borrower, loan=loan, planned_on=TODAY, quiet_until=TODAY + timedelta(days=90),
        token_digest=f"{loan.pk:032d}".encode(), expires_at=NOON + timedelta(days=14),
        message=a_message(borrower, by),
    )  # fmt: skip


def says(message):
    """What a message says, as the gateway would have it."""
    spot = place("servicing_message", "body", message.key)
    return privacy.keyring().open(message.body, place=spot)


def link_of(message):
    """The link of a survey, as it stands in the message."""
    return says(message).partition("/s/")[2].rstrip("/")


def acts(what):
    """Entries of the trail of one kind, oldest first."""
    return list(LedgerEntry.objects.filter(what=what).order_by("pk"))
