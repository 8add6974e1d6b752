"""Campaigns of two people, the draw, what keeps an offer back, and answers that count once."""

import re
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from feedback.actions import loyalty as loyal
from feedback.actions import responses
from feedback.actions.loyalty import campaigns, compiling, drawing, holds, offers, sending, tiers
from feedback.domain import loyalty
from feedback.domain.loyalty import holdout
from feedback.models import Campaign, Hold, Offer, Response
from servicing.actions import controls, messages, processing
from servicing.gateways import messages as gateways
from servicing.models import Message, OptOut, Period
from tests import stories
from tests.cast import NOON, TODAY
from tests.feedback import crowd
from tests.feedback.actions.test_tiers import tables
from tests.racing import race
from tests.stories import a_case, a_message, acts

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(pei):
    return crowd.opted_in(crowd.repaid(crowd.borrowers(60)), by=pei)


@pytest.fixture
def campaign(people, hua, pei, clock):
    row = crowd.a_campaign(hua, pei)
    drawing.draw(campaign=row, on=TODAY, by=clock, at=NOON)
    return row


@pytest.fixture
def offer(campaign):
    return Offer.objects.open().order_by("pk").first()


def why(offer, on=TODAY):
    return offers.reasons(Offer.objects.for_offer_page().get(pk=offer.pk), on=on)


def test_a_campaign_is_of_two_people_and_of_what_was_shown(people, hua, pei):
    row = campaigns.draft(by=hua, at=NOON, **crowd.SAID)
    asked = campaigns.propose(campaign=row, purpose="bring good customers back", by=hua, at=NOON)
    assert asked.shown["reach"] == 60
    campaigns.draft(by=hua, at=NOON, campaign=row, **crowd.SAID | {"budget": Decimal(10**6)})
    with pytest.raises(controls.Changed):
        controls.approve(approval=asked, digest=asked.digest, by=pei, at=NOON)
    with pytest.raises(controls.NotAllowed, match="second_person"):
        controls.approve(approval=asked, digest=asked.digest, by=hua, at=NOON)
    assert Campaign.objects.get().status == "draft"


def test_what_runs_is_changed_by_nobody(campaign, hua):
    with pytest.raises(controls.NotAllowed, match="begun"):
        campaigns.draft(by=hua, at=NOON, campaign=campaign, **crowd.SAID)


@pytest.mark.parametrize("who", ["lin", "wei", "ana", "max_", "ada"])
def test_only_a_lead_of_customer_service_drafts(who, request):
    with pytest.raises(controls.NotAllowed, match="right"):
        campaigns.draft(by=request.getfixturevalue(who), at=NOON, **crowd.SAID)


def test_without_profiling_nothing_is_asked(people, hua, pei, clock):
    with pytest.raises(controls.NotAllowed, match="profiling"):
        campaigns.draft(by=hua, at=NOON, **crowd.SAID | {"is_profiled": False})
    plain = crowd.opted_in(crowd.repaid(crowd.borrowers(9)), by=pei, purposes=("marketing",))
    row = crowd.a_campaign(hua, pei, is_profiled=False, conditions=[])
    drawing.draw(campaign=row, on=TODAY, by=clock, at=NOON)
    assert Offer.objects.filter(borrower__in=plain).count() == 9
    assert set(Offer.objects.values_list("facts__settled_loans", flat=True)) == {None}


def test_the_draw_takes_all_who_fit_and_said_yes_once(campaign, people, pei, clock):
    strangers = crowd.repaid(crowd.borrowers(5))
    assert Offer.objects.count() == len(people)
    assert drawing.draw(campaign=campaign, on=TODAY, by=clock, at=NOON) == (0, 0)
    crowd.opted_in(strangers, by=pei)
    drawing.draw(campaign=campaign, on=TODAY + timedelta(days=1), by=clock, at=NOON)
    assert Offer.objects.count() == len(people) + 5


def test_the_database_draws_as_the_domain_does(campaign):
    held = set(Offer.objects.filter(status="held_out").values_list("borrower", flat=True))
    key = drawing.key(campaign)
    everybody = Offer.objects.values_list("borrower", flat=True)
    assert held == {pk for pk in everybody if holdout.is_held_out(key, pk, 20)}
    assert 2 < len(held) < 28
    # The same answer for ever: whoever is drawn anew is drawn alike.
    Offer.objects.all().delete()
    Campaign.objects.update(drawn_on=None)
    drawing.draw(campaign=campaign, on=TODAY, by=campaign.drafted_by, at=NOON)
    assert held == set(Offer.objects.filter(status="held_out").values_list("borrower", flat=True))


def test_who_is_held_out_never_sees_it(campaign, lin):
    held = Offer.objects.filter(status="held_out").first()
    assert why(held) == ("held_out",)
    assert offers.offers_of(held.borrower, on=TODAY) == []
    with pytest.raises(controls.NotAllowed, match="held_out"):
        offers.accept(offer=held, by=lin, at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Offer.objects.filter(pk=held.pk).update(told_at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        message = a_message(held.borrower, lin)
        Offer.objects.filter(pk=held.pk).update(message=message)


def test_a_campaign_for_a_tier_asks_where_people_stand(people, hua, pei, clock):
    crowd.repaid(people[:7], loans=3, began=TODAY - timedelta(days=700))
    tiers.judge(on=TODAY, by=clock, at=NOON)
    gold = [{"fact": "tier", "op": ">=", "value": 3}]
    row = crowd.a_campaign(hua, pei, conditions=gold)
    assert sum(drawing.draw(campaign=row, on=TODAY, by=clock, at=NOON)) == 7
    assert set(Offer.objects.values_list("facts__tier", flat=True)) == {3}


def a_response(offer, kind):
    return Response.objects.create(
        reference=f"F{kind}"[:12], kind=kind, channel="call", borrower=offer.borrower, where="amount",
        words="too much", received_at=NOON, received_on=TODAY, due_on=TODAY + timedelta(days=15),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "code"), [("complaint", "complaint"), ("objection", "objection"), ("praise", None)]
)
def test_an_open_complaint_or_objection_keeps_offers_back(offer, lin, kind, code):
    row = a_response(offer, kind)
    assert why(offer) == ((code,) if code else ())
    if code:
        with pytest.raises(controls.NotAllowed, match=code):
            offers.accept(offer=offer, by=lin, at=NOON)
    Response.objects.filter(pk=row.pk).update(status="answered", answered_at=NOON)
    assert why(offer) == ()


def test_a_voice_under_that_of_somebody_else_keeps_offers_back_as_well(campaign, offer, lin, hua):
    row = stories.a_response(offer.borrower, by=lin)
    responses.merge(response=row, into=stories.a_response(None, by=lin), by=hua, at=NOON)
    assert why(offer) == ("complaint",)
    assert offer not in sending.sendable(campaign, on=TODAY)


def test_who_takes_the_word_back_is_offered_nothing(offer, lin):
    offer.borrower.consents.filter(purpose="profiling").update(withdrawn_on=TODAY)
    assert why(offer) == ("no_profiling",)
    offer.borrower.consents.update(withdrawn_on=TODAY)
    assert why(offer) == ("no_opt_in", "no_profiling")
    with pytest.raises(controls.NotAllowed, match="no_opt_in"):
        offers.tell(offer=offer, by=lin, at=NOON)


def held(offer, wei, ana, *, until=TODAY + timedelta(days=30)):
    asked = holds.propose(
        borrower=offer.borrower, until_on=until, purpose="an inquiry about the papers runs", by=wei, at=NOON
    )
    controls.approve(approval=asked, digest=asked.digest, by=ana, at=NOON)
    return Hold.objects.get()


def test_a_hold_of_two_people_keeps_offers_back_until_its_day(offer, wei, ana):
    hold = held(offer, wei, ana)
    assert (hold.placed_by, hold.confirmed_by) == (wei, ana)
    assert why(offer) == ("not_now",)
    assert "not_now" not in why(offer, on=TODAY + timedelta(days=31))
    holds.lift(hold=hold, by=ana, at=NOON)
    assert why(offer) == ()


@pytest.mark.parametrize("days", [-1, 91])
def test_a_hold_ends_on_a_day_that_is_not_far(offer, wei, days):
    with pytest.raises(controls.NotAllowed, match="until"):
        held(offer, wei, None, until=TODAY + timedelta(days=days))


def test_no_machine_and_no_single_person_holds(offer, wei, ana, clock):
    with pytest.raises(controls.NotAllowed, match="right"):
        holds.propose(borrower=offer.borrower, until_on=TODAY, purpose="the score is high", by=clock, at=NOON)
    row = {"borrower": offer.borrower, "reason": "x", "from_on": TODAY, "until_on": TODAY}
    for one, other in ((clock, ana), (wei, clock), (wei, wei)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Hold.objects.create(
                placed_by=one, confirmed_by=other, placed_at=NOON, confirmed_at=NOON, **row
            )  # fmt: skip


def test_an_alert_a_case_or_a_fact_of_a_bureau_keeps_nothing_back(offer):
    """What decides is read from these tables and no others."""
    a_case(offer.borrower)
    with CaptureQueriesContext(connection) as asked:
        assert why(offer) == ()
    read = set(re.findall(r'"((?:servicing|reviews|feedback)_\w+)"', " ".join(q["sql"] for q in asked)))
    assert read <= {
        "feedback_offer", "feedback_campaign", "feedback_response", "feedback_hold", "servicing_borrower",
        "servicing_restriction", "servicing_consent", "servicing_optout", "servicing_staff",
        "servicing_message",
    }  # fmt: skip


def test_the_draw_reads_our_own_repayment_facts_alone(campaign):
    named = compiling.named(on=TODAY) | {"campaign": campaign.pk}
    with connection.cursor() as cursor:
        cursor.execute("explain (format json) " + drawing.candidates(campaign), named)
        read = tables(cursor.fetchone()[0])
        more = {"percent": 1, "days": 1, "ends_on": TODAY, "inner": b"", "outer": b"", "ids": [1]}
        cursor.execute("explain (format json) " + drawing.drawing(campaign), named | more)
        read |= tables(cursor.fetchone()[0])
    own = {column.split(".")[0] for fact in (*loyalty.FACTS, loyalty.TIER) for column in fact.columns}
    assert read <= own | {"servicing_restriction", "feedback_offer"}


def test_the_restricted_are_offered_nothing(offer, pei):
    reason = "the duty to keep is all that remains"
    processing.restrict(
        borrower=offer.borrower, ground="retention", reason=reason, until_on=None, by=pei, at=NOON
    )
    assert "restricted" in why(offer)
    assert not Offer.objects.visible_to(pei, on=TODAY).filter(pk=offer.pk).exists()


def test_who_heard_of_another_lately_is_left_in_peace(campaign, offer, people, hua, pei, lin, clock):
    other = crowd.a_campaign(hua, pei, held_percent=5)
    drawing.draw(campaign=other, on=TODAY, by=clock, at=NOON)
    second = Offer.objects.open().filter(campaign=other).exclude(borrower__in=Offer.objects.filter(
        status="held_out").values("borrower")).first()  # fmt: skip
    first = Offer.objects.get(campaign=campaign, borrower=second.borrower)
    offers.tell(offer=first, by=lin, at=NOON)
    assert why(second) == ("told_another",)
    assert why(second, on=TODAY + timedelta(days=14)) == ()
    assert why(first) == ()


def test_an_answer_counts_once(offer, campaign, lin):
    for _again in range(3):
        offers.accept(offer=offer, by=lin, at=NOON)
    assert Campaign.objects.get().spent == 10
    assert len(acts("offer.accepted")) == 1
    with pytest.raises(controls.NotAllowed, match="answered"):
        offers.decline(offer=offer, by=lin, at=NOON)


def test_a_no_is_written_down_even_while_something_keeps_the_offer_back(offer, lin):
    a_response(offer, "complaint")
    assert offers.decline(offer=offer, by=lin, at=NOON).status == "declined"
    assert Campaign.objects.get().spent == 0


def test_an_offer_ends_with_its_day(offer, campaign, lin, clock):
    over = TODAY + timedelta(days=31)
    assert why(offer, on=over) == ("expired",)
    assert offers.expire(on=over, by=clock, at=NOON) == Offer.objects.filter(status="expired").count() > 0


def test_what_is_stopped_is_withdrawn(offer, campaign, pei, lin):
    campaigns.stop(campaign=campaign, by=pei, at=NOON)
    assert why(offer) == ("not_running", "expired")
    assert not Offer.objects.open().exists()
    with pytest.raises(controls.NotAllowed):
        offers.accept(offer=offer, by=lin, at=NOON)


def test_the_budget_ends_the_offer(campaign, lin):
    few = list(Offer.objects.open()[:11])
    for each in few[:10]:
        offers.accept(offer=each, by=lin, at=NOON)
    assert why(few[10]) == ("budget",)
    with pytest.raises(IntegrityError), transaction.atomic():
        Campaign.objects.update(spent=101)


@pytest.fixture
def sent(people, hua, pei, clock, settings):
    """A campaign that also sends, all of whose messages are queued."""
    settings.PUBLIC_AT, settings.LENDER = "https://care.example", "示例金融"
    row = crowd.a_campaign(hua, pei, sends=True, held_percent=5)
    drawing.draw(campaign=row, on=TODAY, by=clock, at=NOON)
    a_response(Offer.objects.open().first(), "complaint")
    sending.send_due(on=TODAY, by=clock, at=NOON)
    return row


def test_each_is_sent_one_message_and_who_complains_or_is_held_out_none(sent, clock):
    told = Offer.objects.exclude(message=None)
    assert told.count() == Offer.objects.open().count() - 1
    assert set(Message.objects.values_list("borrower", flat=True)) == set(
        told.values_list("borrower", flat=True)
    )
    assert sending.send_due(on=TODAY, by=clock, at=NOON) == 0
    assert Message.objects.count() == told.count()


def test_who_was_sent_a_message_has_heard_once_it_left_and_not_before(sent, people, hua, pei, clock):
    other = crowd.a_campaign(hua, pei, sends=True, held_percent=5)
    drawing.draw(campaign=other, on=TODAY, by=clock, at=NOON)
    second = {row.borrower_id: row for row in Offer.objects.open().filter(campaign=other)}
    left, waits, gone = Offer.objects.exclude(message=None).filter(borrower__in=second).order_by("pk")[:3]
    Message.objects.filter(pk=left.message_id).update(status="sent", sent_at=NOON, body=None)
    Message.objects.filter(pk=gone.message_id).update(status="withdrawn", why="busy", body=None)
    said = [why(second[row.borrower_id]) for row in (left, waits, gone)]
    assert said == [("told_another",), (), ()]
    # Who is about to hear of one is not sent another; a message that did not leave stands in nobody's way.
    on_the_way = sending.sendable(other, on=TODAY).values_list("borrower", flat=True)
    assert [row.borrower_id in on_the_way for row in (left, waits, gone)] == [False, False, True]
    assert not sending.sendable(sent, on=TODAY).filter(pk=gone.pk).exists()


def test_every_message_says_who_sends_it_and_how_to_get_no_more(sent, client):
    message = Message.objects.first()
    text = stories.says(message)
    assert text.startswith(crowd.SAID["terms_zh"])
    assert "示例金融" in text
    link = "/no/" + text.partition("https://care.example/no/")[2]
    page = client.get(link)
    assert (page.status_code, message.borrower.reference in page.content.decode()) == (200, False)
    assert "不再接收优惠信息" in page.content.decode()
    client.cookies["django_language"] = "en"
    assert "No more offers" in client.get(link).content.decode()
    assert not message.borrower.opt_outs.exists()
    assert [client.post(link).status_code for _ in range(2)] == [200, 200]
    assert message.borrower.opt_outs.get().basis == "link"
    message.refresh_from_db()
    assert (message.status, message.why) == ("withdrawn", "opted_out")


def test_a_link_that_is_made_up_ends_nothing_and_is_slowed_down(sent, client):
    Period.objects.create(code="survey.tries", value=2, citation="test", valid_from=TODAY)
    pk = Offer.objects.open().first().pk
    assert [client.post(f"/no/{pk}.x/").status_code for _ in range(3)] == [404, 404, 429]
    assert not OptOut.objects.exists()


def test_without_a_public_address_no_campaign_sends(sent, settings, clock):
    settings.PUBLIC_AT = ""
    Offer.objects.update(told_at=None, message=None)
    Message.objects.all().delete()
    assert sending.send_due(on=TODAY, by=clock, at=NOON) == 0


def test_what_comes_between_keeps_a_queued_offer_from_leaving(sent, wei, ana, pei):
    first, second, third = Message.objects.order_by("pk")[:3]
    offer_of = {row.borrower_id: row for row in Offer.objects.select_related("borrower")}
    assert loyal.stops(first, on=TODAY) == ""
    held(offer_of[first.borrower_id], wei, ana)
    Response.objects.update(borrower=second.borrower_id)
    third.borrower.consents.update(withdrawn_on=TODAY)
    assert [loyal.stops(each, on=TODAY) for each in (first, second, third)] == [
        "told_another",
        "complaint",
        "no_opt_in",
    ]
    ended = messages.sending.ending(first, gateways.chosen(), on=TODAY)
    assert ended == (Message.Status.WITHDRAWN, "told_another")
    campaigns.stop(campaign=sent, by=pei, at=NOON)
    assert loyal.stops(Message.objects.latest("pk"), on=TODAY) == "not_running"


def test_once_the_budget_is_used_up_nothing_is_sent_and_nobody_held(people, hua, pei, clock, settings):
    settings.PUBLIC_AT = "https://care.example"
    row = crowd.a_campaign(hua, pei, sends=True, held_percent=5)
    drawing.draw(campaign=row, on=TODAY, by=clock, at=NOON)
    Campaign.objects.update(spent=95)
    with CaptureQueriesContext(connection) as asked:
        assert sending.send_due(on=TODAY, by=clock, at=NOON) == 0
    assert not [query["sql"] for query in asked if " FOR " in query["sql"]]
    Campaign.objects.update(spent=90)
    assert sending.send_due(on=TODAY, by=clock, at=NOON) > 0


def test_a_campaign_that_fails_keeps_no_other_waiting_and_time_ends_all(people, hua, pei, clock, caplog):
    bad, good = (crowd.a_campaign(hua, pei, sends=True) for _number in range(2))
    Campaign.objects.filter(pk=bad.pk).update(conditions=[{"fact": "rumour", "op": ">=", "value": 1}])
    said = {"on": TODAY, "by": clock, "at": NOON}
    assert drawing.draw_all(**said, until=time.monotonic()) == 0
    assert drawing.draw_all(**said) == Offer.objects.open().count() > 0
    assert set(Offer.objects.values_list("campaign", flat=True)) == {good.pk}
    # Type and place, and nothing of what it said.
    assert f"{bad} failed: BadCondition < " in caplog.text
    assert "rumour" not in caplog.text
    assert sending.send_due(**said, until=time.monotonic()) == 0


@pytest.mark.django_db(transaction=True)
def test_racing_accepts_never_spend_more_than_the_budget(hua, pei, clock):
    crowd.opted_in(crowd.repaid(crowd.borrowers(20)), by=pei)
    row = crowd.a_campaign(hua, pei, budget=Decimal(20), held_percent=5)
    drawing.draw(campaign=row, on=TODAY, by=clock, at=NOON)
    pks = list(Offer.objects.open().values_list("pk", flat=True)[:5])
    text = "from feedback.actions.loyalty import offers\nfrom feedback.models import Offer\n"
    text += "offers.accept(offer=Offer.objects.get(pk={}), by=lin, at=NOON)"
    codes = race(*(text.format(pk) for pk in pks))
    assert sorted(codes) == [0, 0, 1, 1, 1]
    row.refresh_from_db()
    assert (row.spent, Offer.objects.filter(status="accepted").count()) == (20, 2)


# Who answers takes a moment between the offer and the budget.
ACCEPT = """
import time
from feedback.actions.loyalty import offers
from feedback.models import Offer
asked = offers.reasons
offers.reasons = lambda *offer, **on: time.sleep(1) or asked(*offer, **on)
try:
    offers.accept(offer=Offer.objects.open().first(), by=lin, at=NOON)
except controls.NotAllowed:
    raise SystemExit(7)
"""
STOP = """
import time
from feedback.actions.loyalty import campaigns
from feedback.models import Campaign
time.sleep(0.5)
campaigns.stop(campaign=Campaign.objects.get(), by=pei, at=NOON)
"""


@pytest.mark.django_db(transaction=True)
def test_a_campaign_that_is_stopped_while_somebody_accepts_is_no_deadlock(hua, pei, clock):
    crowd.opted_in(crowd.repaid(crowd.borrowers(9)), by=pei)
    row = crowd.a_campaign(hua, pei, held_percent=5)
    drawing.draw(campaign=row, on=TODAY, by=clock, at=NOON)
    answered, stopped = race(ACCEPT, STOP)
    assert (answered in (0, 7), stopped) == (True, 0)
    row.refresh_from_db()
    taken = Offer.objects.filter(status="accepted").count()
    assert (row.status, row.spent, taken) == ("stopped", 10 * taken, int(answered == 0))
    assert not Offer.objects.open().exists()


def drawn_meanwhile(monkeypatch, meanwhile):
    """Between the look at who fits and the draw of them something happens."""
    real = drawing.eligible

    def look(campaign, *, on):
        found = real(campaign, on=on)
        meanwhile()
        return found

    monkeypatch.setattr(drawing, "eligible", look)
    monkeypatch.setattr(drawing, "CHUNK", 25)


@pytest.mark.django_db(transaction=True)
def test_a_draw_keeps_no_answer_waiting_while_it_looks(people, hua, pei, clock, monkeypatch):
    row, held = crowd.a_campaign(hua, pei), []
    drawn_meanwhile(monkeypatch, lambda: held.append(connection.in_atomic_block))
    assert sum(drawing.draw(campaign=row, on=TODAY, by=clock, at=NOON)) == 60
    assert held == [False]
    pieces = [act.detail["offered"] + act.detail["held_out"] for act in acts("campaign.drawn")]
    assert sorted(pieces) == [10, 25, 25]


def test_a_campaign_that_is_stopped_in_its_draw_offers_nothing(people, hua, pei, clock, monkeypatch):
    row = crowd.a_campaign(hua, pei)
    drawn_meanwhile(monkeypatch, lambda: campaigns.stop(campaign=row, by=hua, at=NOON))
    assert drawing.draw(campaign=row, on=TODAY, by=clock, at=NOON) == (0, 0)
    assert not Offer.objects.exists()
