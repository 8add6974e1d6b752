"""What a campaign changed: by intention to treat, with intervals, or not enough data."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from config.portfolio import campaign as story
from feedback.actions.loyalty import drawing, measuring, offers
from feedback.domain.loyalty.effect import Difference, Person
from feedback.models import Campaign, CampaignResult, Offer
from servicing.models import Instalment, Product, Settlement
from tests.cast import NOON, TODAY
from tests.feedback import crowd

LATER = TODAY + timedelta(days=60)
LIFT, OVERDUE = 0.12, 0.02


def test_the_intervals_cover_what_was_planted_in_at_least_17_of_20_seeds():
    covered = Counter()
    for seed in range(20):
        ours, theirs = story.outcomes(seed=seed, people=3000, held_percent=20, lift=LIFT, overdue=OVERDUE)
        found = measuring.compared(ours, theirs)
        truth = story.truth(lift=LIFT, overdue=OVERDUE)
        for name, each in found.items():
            covered[name] += each.low <= truth[name] <= each.high
    assert min(covered[name] for name in ("lift", "overdue", "net")) >= 17, covered


def test_no_lift_is_found_where_none_was_planted_in_at_least_17_of_20_seeds():
    none = 0
    for seed in range(20):
        ours, theirs = story.outcomes(seed=seed, people=3000, held_percent=20, lift=0, overdue=0)
        each = measuring.compared(ours, theirs)["lift"]
        none += each.low <= 0 <= each.high
    assert none >= 17


def test_too_few_or_all_alike_give_no_interval():
    nobody, somebody = Person(), Person(returned=True)
    few, many = Counter({nobody: 20, somebody: 9}), Counter({nobody: 100})
    assert measuring.difference(few, many, measuring.MEASURES["lift"]) == Difference()
    assert measuring.difference(many, many, measuring.MEASURES["lift"]) == Difference()


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


@pytest.mark.django_db
def test_a_loan_before_the_draw_or_after_the_day_is_no_return(drawn, clock):
    come_back("offered", 0.5)
    row = measuring.measure(campaign=drawn, on=TODAY + timedelta(days=9), by=clock, at=NOON)
    assert row.groups["offered"]["returned"] == 0
    assert (row.verdict, row.lift) == ("not_enough", None)


@pytest.mark.django_db
def test_not_enough_data_is_an_answer_and_says_how_many_it_takes(drawn, clock):
    for status in ("offered", "held_out"):
        come_back(status, 0.3)
    row = measuring.measure(campaign=drawn, on=LATER, by=clock, at=NOON)
    assert row.verdict == "not_enough"
    assert row.needed > 300


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
