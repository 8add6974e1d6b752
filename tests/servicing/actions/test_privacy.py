"""Personal data: sealed in the row, found exactly, shown for a reason, and never without a trace."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from config import keys
from servicing.actions import ledger, privacy
from servicing.domain.privacy import canonical
from servicing.domain.staff import REVEALS_A_DAY, VIEWS_A_DAY
from servicing.models import Borrower, KeyMark, LedgerEntry, Source, Staff
from servicing.tasks import sweep
from tests import stories
from tests.cast import NOON

REASON = "caller asks which phone we have"
MORNING = NOON - timedelta(hours=12)


@pytest.fixture
def mei(db):
    return a_borrower(name="梅兰芳", national_id="99000019900101123x", phone="+86 10012345678")


def a_borrower(number=1, **identity):
    source, _ = Source.objects.get_or_create(code="native", defaults={"name": "native"})
    (pk,) = privacy.reserve(1)
    return Borrower.objects.create(
        pk=pk,
        source=source,
        external_id=f"B{number}",
        reference=f"R{number:07}",
        created_at=NOON,
        **privacy.seal(pk, **identity),
    )


def show(borrower, field, by, words=REASON, reason="call"):
    return privacy.reveal(
        borrower=borrower, field=field, reason=reason, words=words, by=by, at=NOON, day_began_at=MORNING
    )


def test_nothing_readable_stands_in_the_row(mei):
    with connection.cursor() as cursor:
        cursor.execute("select servicing_borrower::text from servicing_borrower")
        row = cursor.fetchone()[0]
        for text in ("梅兰芳", "99000019900101123X", "10012345678"):
            assert text not in row
            assert text.encode().hex() not in row


def test_masked_by_default(mei):
    shown = [privacy.masked(mei, field) for field in ("name", "phone", "national_id")]
    assert shown == ["梅**", "100****5678", "9****************X"]


def test_missing_identity_is_no_error():
    assert privacy.masked(Borrower(pk=1), "phone") == ""


def test_found_however_it_is_spelled(mei):
    assert privacy.find("phone", "１００ 1234 5678").get() == mei
    assert privacy.find("national_id", "99000019900101123X").get() == mei
    assert not privacy.find("phone", "10012345679").exists()


def test_one_national_id_belongs_to_one_borrower(mei):
    with pytest.raises(IntegrityError):
        a_borrower(2, national_id="９9000019900101123X")


def test_a_phone_may_be_shared(mei):
    a_borrower(2, phone="10012345678")
    assert privacy.find("phone", "10012345678").count() == 2


def test_a_reveal_leaves_who_what_and_why(mei, lin):
    assert show(mei, "phone", lin) == "10012345678"
    entry = ledger.latest(mei)
    assert (entry.by, entry.what) == (lin, "borrower.revealed")
    assert entry.detail == {"field": "phone", "reason": "call", "words": REASON}


@pytest.mark.parametrize(
    ("field", "who", "reason", "why"),
    [
        ("national_id", "lin", REASON, "right"),
        ("phone", "max_", REASON, "right"),
        ("phone", "ada", REASON, "right"),
        ("phone", "tom", REASON, "right"),
        ("phone", "lin", "  because  ", "reason"),
        ("phone", "lin", "because\u200b\u200b\u200b\u200b", "reason"),
        ("phone", "lin", "\u3164" * 12, "reason"),
        ("phone", "lin", "..........", "reason"),
        ("address", "ana", REASON, "right"),
    ],
)
def test_no_reveal_without_right_and_reason(mei, request, field, who, reason, why):
    with pytest.raises(privacy.NotAllowed, match=why):
        show(mei, field, request.getfixturevalue(who), reason)
    assert ledger.latest(mei) is None


def test_the_daily_budget_ends(mei, lin):
    for _ in range(REVEALS_A_DAY["cs"]):
        show(mei, "phone", lin)
    with pytest.raises(privacy.NotAllowed, match="budget"):
        show(mei, "phone", lin)


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_do_not_share_the_last_reveal():
    lin, mei = Staff.objects.get(username="lin"), a_borrower(phone="10012345678")
    for _ in range(REVEALS_A_DAY["cs"] - 1):
        show(mei, "phone", lin)
    shown, start = [], threading.Barrier(4)

    def ask():
        start.wait()
        try:
            shown.append(show(mei, "phone", lin))
        except privacy.NotAllowed:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert shown == ["10012345678"]
    assert LedgerEntry.objects.filter(what="borrower.revealed").count() == REVEALS_A_DAY["cs"]


def test_a_day_has_an_end_for_opening_borrowers_too(mei, lin, monkeypatch):
    monkeypatch.setitem(VIEWS_A_DAY, "cs", 3)
    others = [a_borrower(number) for number in range(2, 6)]
    for borrower in others[:3]:
        privacy.viewed(borrower, by=lin, at=NOON)
    for _ in range(2):
        with pytest.raises(privacy.TooMany):
            privacy.viewed(mei, by=lin, at=NOON)
    # One that was open today stays open, also an hour later, when it leaves a trace again.
    privacy.viewed(others[0], by=lin, at=NOON + timedelta(hours=2))
    assert LedgerEntry.objects.filter(what="borrower.viewed").count() == 4
    refused = LedgerEntry.objects.get(what="borrower.refused")
    assert (refused.by, refused.target_id, refused.detail) == (lin, str(mei.pk), {"seen": 3})
    privacy.viewed(mei, by=lin, at=NOON + timedelta(days=1))


def test_who_walks_the_loans_by_number_is_stopped_with_a_clear_page(client, lin, monkeypatch):
    monkeypatch.setitem(VIEWS_A_DAY, "cs", 2)
    client.force_login(lin)
    loans = [stories.a_loan(stories.a_borrower(), number=f"LOAN-{number}") for number in range(3)]
    pages = [client.get(f"/loans/{loan.pk}/") for loan in loans]
    assert [page.status_code for page in pages] == [200, 200, 403]
    assert "上限为 2 人" in pages[2].content.decode()
    assert loans[2].external_id not in pages[2].content.decode()
    assert client.get(f"/loans/{loans[0].pk}/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_where_the_trail_cannot_be_written_nothing_is_shown(monkeypatch):
    lin, mei = Staff.objects.get(username="lin"), a_borrower(phone="10012345678")
    opened = []
    monkeypatch.setattr(privacy, "plain", lambda *_: opened.append(1))
    with connection.cursor() as cursor:
        cursor.execute("set default_transaction_read_only = on")
        with pytest.raises(Exception, match="read-only"):
            show(mei, "phone", lin)
    assert not opened


def test_a_machine_with_other_keys_is_told_before_it_writes(mei, settings):
    privacy.keyring.cache_clear()
    privacy.keyring()
    settings.FIELD_KEYS = json.loads(keys.fresh_keyring())
    privacy.keyring.cache_clear()
    try:
        with pytest.raises(privacy.WrongKeys):
            a_borrower(2, phone="10012345679")
    finally:
        privacy.keyring.cache_clear()


def test_an_index_of_fifteen_digits_is_mended_once_and_then_both_forms_find_it(operator):
    older, borrower = "990001800101001", stories.a_borrower()
    sealed = privacy.seal(borrower.pk, national_id=older)
    Borrower.objects.filter(pk=borrower.pk).update(
        national_id_cipher=sealed["national_id_cipher"], national_id_index=b"o" * 16
    )
    assert privacy.reindex(by=operator, at=NOON) == (1, 0)
    assert privacy.reindex(by=operator, at=NOON) == (0, 0)
    for text in (older, canonical("national_id", older)):
        assert list(privacy.find("national_id", text)) == [borrower]
    assert privacy.plain(Borrower.objects.get(pk=borrower.pk), "national_id") == older


def test_the_sweep_indexes_older_rows_by_itself_and_once(db):
    def reindexed():
        Borrower.objects.filter(pk=borrower.pk).update(national_id_index=b"o" * 16)
        sweep()
        return list(privacy.find("national_id", borrower_says)) == [borrower]

    borrower = stories.a_borrower()
    borrower_says = privacy.plain(borrower, "national_id")
    assert [reindexed(), reindexed()] == [True, False]


def test_older_rows_are_indexed_piece_by_piece_from_where_the_last_sweep_stopped(clock, monkeypatch):
    monkeypatch.setattr(privacy, "PIECE", 1)
    for number in (1, 2, 3):
        a_borrower(number, national_id=f"99000180010100{number}")
    for number, borrower in enumerate(Borrower.objects.order_by("pk")):
        Borrower.objects.filter(pk=borrower.pk).update(national_id_index=bytes([number]) * 16)
    mended = []
    for _sweep in range(5):
        privacy.reindex_once(by=clock, at=NOON, until=0)
        mended.append(LedgerEntry.objects.filter(what="borrower.reindexed").count())
    assert mended == [1, 2, 3, 3, 3]


@pytest.mark.django_db(transaction=True)
def test_a_second_sweep_leaves_the_index_to_the_first():
    clock, borrower = Staff.objects.get(username="clock"), a_borrower(national_id="990001800101001")
    Borrower.objects.update(national_id_index=b"o" * 16)
    KeyMark.objects.create(key=privacy.EIGHTEEN, mark=b"0")

    def second():
        privacy.reindex_once(by=clock, at=NOON, until=0)
        connection.close()

    with transaction.atomic():
        KeyMark.objects.select_for_update().get(key=privacy.EIGHTEEN)
        other = threading.Thread(target=second)
        other.start()
        other.join(10)
        assert not other.is_alive()
    assert not privacy.find("national_id", "990001800101001")
    privacy.reindex_once(by=clock, at=NOON, until=0)
    assert list(privacy.find("national_id", "990001800101001")) == [borrower]


def test_a_number_that_is_half_known_is_not_guessed(client, mei, lin, hua):
    """Misses of both doors count together; whoever has used them up finds nobody, and the lead hears once."""
    client.force_login(lin)
    for number in range(20):
        door = ("/callers/", "/search/")[number % 2]
        assert client.post(door, {"text": f"138{number:04d}5678"}).status_code == 200
    for door in ("/callers/", "/search/"):
        page = client.post(door, {"text": stories.PHONE})
        assert page.status_code == 403
        assert "落空的查找过多" in page.content.decode()
    (entry,) = stories.acts("borrower.guessed")
    assert (entry.by, entry.detail) == (lin, {"count": 20})
    later = timezone.now() + timedelta(hours=2)
    assert privacy.search(stories.PHONE, by=lin, at=later) == [mei]
    client.force_login(hua)
    assert [row.by for row in client.get("/").context["guesses"]] == [lin]
