"""The fictional core speaks through the doors of a real one, and in the end everything it told is there."""

import json
from datetime import date, datetime

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from config import portfolio
from config.portfolio.core import ZONE, Core
from servicing.actions import feed
from servicing.models import Borrower, FeedDay, FeedMessage, FeedRefusal, Loan, Observation, Source

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(settings, tmp_path):
    """An installation of its own for the core and its keys."""
    settings.STATE = tmp_path
    settings.FEED_KEYS, settings.FEED_FOLDER = tmp_path / "keys" / "feed.json", tmp_path / "feed"
    return tmp_path


def test_days_with_faults_end_equal(house, capsys):
    portfolio.load(borrowers=40, seed=3)
    call_command("feed_demo", days=12, seed=2, faults=True)
    assert set(FeedMessage.objects.values_list("status", flat=True)) == {"applied"}
    assert set(FeedDay.objects.values_list("status", flat=True)) == {"equal"}
    assert FeedDay.objects.count() == 11  # today is still open
    kinds = set(FeedMessage.objects.values_list("kind", flat=True))
    assert {"loan.opened", "payment.made", "payment.reversed", "mandate.revoked", "day.closed"} <= kinds
    again = Loan.objects.filter(external_id__startswith="F", status="open", borrower__history__isnull=False)
    assert again.exists()  # people who settled before owe again
    assert not FeedRefusal.objects.exists()
    assert list((house / "feed" / "native" / "in").iterdir()) == []
    told = FeedMessage.objects.count()
    call_command("feed_demo")
    assert FeedMessage.objects.count() > told
    assert set(FeedMessage.objects.values_list("status", flat=True)) == {"applied"}
    assert "newest day closed" in capsys.readouterr().out


def test_days_with_trouble_leave_something_to_mend_until_the_next_round(house, capsys):
    call_command("feed_demo", days=2, trouble=True)
    codes = {trouble.code for trouble in feed.troubles(at=timezone.now())}
    assert codes == {"gap", "refused", "differs", "different"}
    assert FeedMessage.objects.get(status="refused").reason == "no_loan"
    call_command("feed_demo", days=2)
    assert "gap" not in {trouble.code for trouble in feed.troubles(at=timezone.now())}
    assert "played already" in capsys.readouterr().out
    with pytest.raises(CommandError, match="2 or more"):
        call_command("feed_demo", trouble=True)


def test_a_bureau_that_has_no_licence_any_more_is_given_none_and_tells_nothing(house):
    Source.objects.create(code="bureau", name="A real one", licence="")
    portfolio.load(borrowers=40, seed=3)
    call_command("feed_demo", days=2)
    assert (Source.objects.get(code="bureau").licence, Observation.objects.count()) == ("", 0)


def three_days(journal):
    core = Core(journal, seed=5, former=["B000001", "B000002"])
    for day in range(1, 4):
        core.play(date(2026, 11, day), until=datetime(2026, 11, day, 21, tzinfo=ZONE))
        core.close()
    return core


def test_the_same_seed_tells_the_same_story_and_the_journal_remembers_it(tmp_path):
    one, two = (three_days(tmp_path / name) for name in ("one", "two"))
    assert one.lines == two.lines
    assert len(one.lines) > 20
    again = Core(tmp_path / "one", seed=5, former=[])
    assert (again.lines, again.loans, again.next_day) == (one.lines, one.loans, date(2026, 11, 4))


def test_a_fictional_core_never_speaks_for_a_real_one(house):
    (house / "keys").mkdir()
    (house / "keys" / "feed.json").write_text(json.dumps({"native": {"keys": {"real": "A" * 43 + "="}}}))
    with pytest.raises(CommandError, match="another core"):
        call_command("feed_demo")
    assert not Borrower.objects.exists()
