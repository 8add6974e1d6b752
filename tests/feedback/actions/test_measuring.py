"""What a campaign changed: by intention to treat, with intervals, or not enough data."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import transaction

from feedback.actions.loyalty import campaigns, drawing, measuring, offers
from feedback.domain.loyalty.effect import Difference, Person
from feedback.models import Campaign, CampaignResult, Offer
from servicing.models import Instalment, Product, Settlement
from tests.cast import NOON, TODAY
from tests.feedback import crowd

# The first day after that for which the campaigns of the crowd are approved.
LATER = TODAY + timedelta(days=61)


def a_group(size, share, random):
    came = sum(random.random() < share for _person in range(size))
    return Counter({Person(returned=True): came, Person(): size - came})


@pytest.mark.parametrize("rate", [0.018, 0.3])
@pytest.mark.parametrize("sizes", [(120, 30), (300, 40), (800, 100)], ids=str)
def test_where_nothing_was_planted_the_intervals_hold_nothing_be_it_ever_so_rare(sizes, rate):
    """Few are held out, and often none of them has what is rare."""
    random, covered = Random(7), 0
    for _campaign in range(400):
        each = measuring.share(*(a_group(size, rate, random) for size in sizes), "returned")
        covered += each.low <= 0 <= each.high
    assert covered >= 0.94 * 400


def test_too_few_give_no_interval_and_few_that_cost_much_none_of_the_net():
    nobody, somebody, costly = Person(), Person(returned=True), Person(True, True, loss=Decimal(500))
    few, many = Counter({nobody: 20, somebody: 9}), Counter({nobody: 100})
    assert measuring.share(few, many, "returned") == Difference()
    assert measuring.share(many, many, "returned").low < 0 < measuring.share(many, many, "returned").high
    assert measuring.average(many, many) == Difference()
    ours, theirs = Counter({nobody: 200, somebody: 100}), Counter({nobody: 60, somebody: 40})
    assert measuring.average(ours + Counter({costly: 39}), theirs) == Difference()
    assert measuring.average(ours + Counter({costly: 60}), theirs).low is not None


@pytest.fixture
def drawn(db, hua, pei, clock):
    """300 drawn today: of those offered something more borrow again than of those held out."""
    crowd.opted_in(crowd.repaid(crowd.borrowers(300)), by=pei)
    row = crowd.a_campaign(hua, pei, held_percent=30)
    drawing.draw(campaign=row, on=TODAY, by=clock, at=NOON)
    return row


def come_back(status, share):
    rows = list(Offer.objects.filter(status=status).select_related("borrower__source").order_by("pk"))
    people = [row.borrower for row in rows[: int(len(rows) * share)]]
    return crowd.a_loan_each(people, Product.objects.get(), TODAY + timedelta(days=10))


@pytest.mark.django_db
def test_a_measurement_says_what_came_back_and_what_it_cost(drawn, lin, clock):
    ours = come_back("offered", 0.6)
    come_back("held_out", 0.3)
    answered = Offer.objects.get(borrower=ours[0].borrower)
    offers.accept(offer=answered, by=lin, at=NOON)
    # One has missed an instalment, one has repaid with a hundred of interest.
    Instalment.objects.create(loan=ours[1], number=1, due_on=LATER - timedelta(days=9), amount=200)
    over = LATER - timedelta(days=5)
    Settlement.objects.create(
        loan=ours[2], borrower=ours[2].borrower, kind="normal", settled_on=over, final_due_on=over,
        disbursed_on=ours[2].disbursed_on, days_late=0, worst_dpd=0, times_late=0, instalments=1,
        failed_payments=0, paid=1100, profile="N", frozen_at=NOON, known_on=over,
    )  # fmt: skip
    row = measuring.measure(campaign=drawn, on=LATER, by=clock, at=NOON)
    told = row.groups["offered"]
    assert (told["returned"], told["overdue"]) == (len(ours), 1)
    # 50 days at 18 % on 1000 are 24.66, told in whole yuan.
    assert Decimal(told["interest"]) == 25 * (len(ours) - 1) + 100
    assert (Decimal(told["loss"]), Decimal(told["cost"])) == (100, 10)
    assert Decimal(told["net"]) == Decimal(told["interest"]) - 110
    assert row.verdict == "more"
    assert row.lift_low < 30 < row.lift_high
    assert row.overdue_low is not None


# Of those held out so many return, and so many have a loan that is past due; of those offered so many more.
RETURNS, OVERDUE, LIFT, MORE = 0.4, 0.15, 0.12, 0.03
# Whoever returns has brought 25 yuan by then, lost are 100 of what is past due, and an offer cost 10.
TRUTH = {"lift": 100 * LIFT, "overdue": 100 * MORE, "net": 25 * LIFT - 100 * MORE - 10 * (RETURNS + LIFT)}


def planted(campaign, random, *, by):
    """Who was drawn returns or not, with those chances; whoever was offered something and returns took it."""
    rows = Offer.objects.filter(campaign=campaign).select_related("borrower__source").order_by("pk")
    lucky = [(row, random.random(), row.status == "offered") for row in rows]
    came = [row for row, luck, is_ours in lucky if luck < RETURNS + LIFT * is_ours]
    late = {row.borrower_id for row, luck, is_ours in lucky if luck < OVERDUE + MORE * is_ours}
    people = [row.borrower for row in came]
    loans = crowd.a_loan_each(people, Product.objects.get(), TODAY + timedelta(days=10))
    Instalment.objects.bulk_create(
        Instalment(loan=loan, number=1, due_on=LATER - timedelta(days=9), amount=200)
        for loan in loans
        if loan.borrower_id in late
    )
    Offer.objects.open().filter(pk__in=[row.pk for row in came]).update(
        status="accepted", told_at=NOON, answered_at=NOON, answered_by=by
    )


@pytest.mark.django_db
def test_the_page_covers_what_was_planted_in_at_least_17_of_20_seeds(hua, pei, lin, clock, monkeypatch):
    crowd.opted_in(crowd.repaid(crowd.borrowers(400, first=10**6)), by=pei)
    covered = Counter()
    for seed in range(20):
        monkeypatch.setattr(drawing, "key", lambda _campaign, seed=seed: f"seed {seed}".encode())
        with transaction.atomic():
            row = crowd.a_campaign(hua, pei, held_percent=30)
            drawing.draw(campaign=row, on=TODAY, by=clock, at=NOON)
            planted(row, Random(seed), by=lin)
            found = measuring.measure(campaign=row, on=LATER, by=clock, at=NOON)
            transaction.set_rollback(True)
        for name, truth in TRUTH.items():
            low, high = (getattr(found, f"{name}_{end}") for end in ("low", "high"))
            covered[name] += low is not None and low <= truth <= high
    assert min(covered[name] for name in TRUTH) >= 17, covered


@pytest.mark.django_db
def test_a_loan_before_the_draw_or_after_the_day_is_no_return(drawn, clock):
    come_back("offered", 0.5)
    row = measuring.measure(campaign=drawn, on=TODAY + timedelta(days=9), by=clock, at=NOON)
    assert row.groups["offered"]["returned"] == 0
    assert (row.verdict, row.lift, row.net) == ("so_far", 0, None)


@pytest.mark.django_db
def test_not_enough_data_is_an_answer_and_says_how_many_it_takes(drawn, clock):
    for status in ("offered", "held_out"):
        come_back(status, 0.3)
    row = measuring.measure(campaign=drawn, on=LATER, by=clock, at=NOON)
    assert row.verdict == "not_enough"
    assert row.needed > 300


@pytest.mark.django_db
def test_a_campaign_is_judged_once_after_its_last_day_however_it_stood_before(drawn, pei, clock):
    come_back("offered", 0.6)
    come_back("held_out", 0.2)
    campaigns.stop(campaign=drawn, by=pei, at=NOON)
    days = [LATER + timedelta(days=days) for days in (-21, -1, 0, 7)]
    found = [measuring.measure(campaign=drawn, on=day, by=clock, at=NOON) for day in days]
    assert [row.verdict for row in found] == ["so_far", "so_far", "more", "so_far"]
    assert min(row.lift_low for row in found) > 0
    assert drawn.measurements.judged().get() == found[2]


@pytest.mark.django_db
def test_a_measurement_is_frozen_and_made_again_after_a_while(drawn, clock):
    assert measuring.measure_due(on=TODAY, by=clock, at=NOON) == 0
    day = TODAY + timedelta(days=1)
    assert measuring.measure_due(on=day, by=clock, at=NOON) == 1
    first = CampaignResult.objects.get()
    come_back("offered", 0.5)
    assert measuring.measure(campaign=drawn, on=day, by=clock, at=NOON).groups == first.groups
    assert measuring.measure_due(on=day + timedelta(days=6), by=clock, at=NOON) == 0
    assert measuring.measure_due(on=day + timedelta(days=7), by=clock, at=NOON) == 1
    Campaign.objects.update(ends_on=TODAY)
    assert measuring.measure_due(on=TODAY + timedelta(days=200), by=clock, at=NOON) == 0
