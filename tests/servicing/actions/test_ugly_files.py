"""Every ugly delivery of the corpus has its verdict; no change of a byte makes a wrong fact."""

import random

import pytest
from django.db import transaction

from servicing.actions import intake
from servicing.gateways import files
from servicing.models import ImportBatch, Loan, StagedRow
from servicing.templatetags.imports import faces_of
from tests.cast import NOON
from tests.servicing.ugly import ALL, BYTES, CASES, manifest

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path_factory):
    settings.UPLOADS = tmp_path_factory.mktemp("uploads")


def written(folder, book):
    folder.mkdir(exist_ok=True)
    for name, content in book.items():
        (folder / name).write_bytes(content)
    return {name: folder / name for name in book}


def bring_in(paths, by):
    batch, _ = intake.stage(paths=paths, layout="native", name="ugly", door="shell", by=by, at=NOON)
    return intake.carry(batch=batch, by=by, at=NOON)


def rejected(batch):
    rows = batch.rejects.order_by("file", "line", "column").values_list("file", "line", "column", "reason")
    return [(file.removesuffix(".csv"), *rest) for file, *rest in rows]


def test_the_corpus_is_large_and_its_names_differ():
    assert len({name for name, *_ in CASES}) == len(CASES) >= 50


@pytest.mark.parametrize(("change", "verdict"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_an_ugly_delivery_has_its_verdict(operator, tmp_path, change, verdict):
    paths = written(tmp_path / "book", change(BYTES))
    if verdict[0] == "refused":
        with pytest.raises(files.Refused) as refused:
            bring_in(paths, operator)
        assert (refused.value.reason, refused.value.where) == verdict[1:]
        assert not StagedRow.objects.exists()
        assert not Loan.objects.exists()
        assert str(refused.value) == ImportBatch.objects.get().refusal_words
        return
    _, rejects, loans, readings = verdict
    batch = bring_in(paths, operator)
    assert rejected(batch) == rejects
    assert set(Loan.objects.values_list("external_id", flat=True)) == loans
    said = [f"{file} {words}" for file, words in faces_of(batch)["readings"]]
    for stem, wanted in readings.items():
        for words in wanted:
            assert any(line.startswith(f"{stem}.csv") and words in line for line in said), (words, said)


def flipped(book, seed):
    """The book with one byte changed into another one, somewhere."""
    chance = random.Random(seed)
    name = chance.choice(sorted(book))
    content = bytearray(book[name])
    spot = chance.randrange(len(content))
    content[spot] ^= chance.randrange(1, 256)
    return book | {name: bytes(content)}


def facts():
    """{loan: all that was taken of it}."""
    return {
        loan.external_id: (
            loan.borrower.external_id, loan.product.code, loan.principal, loan.total_due, loan.disbursed_on,
            tuple((due.number, due.due_on, due.amount) for due in loan.instalments.all()),
            tuple((paid.external_id, paid.paid_at, paid.amount, paid.origin) for paid in loan.payments.all()),
        )
        for loan in Loan.objects.select_related("borrower", "product")
    }  # fmt: skip


def outcome(book, folder, by):
    """What a delivery would leave, which then never was: its facts, or None where it is refused whole."""
    with transaction.atomic():
        try:
            bring_in(written(folder, book), by)
            return facts()
        except files.Refused:
            return None
        finally:
            transaction.set_rollback(True)


def test_with_a_manifest_no_changed_byte_of_a_file_applies_a_row(operator, tmp_path, pytestconfig):
    """A changed manifest is refused too, unless it still says the same (a capital digit of a digest)."""
    sent = manifest()(BYTES)
    good = outcome(sent, tmp_path / "good", operator)
    for seed in range(pytestconfig.getoption("flips")):
        book = flipped(sent, seed)
        found = outcome(book, tmp_path / str(seed), operator)
        is_same = all(book[name] == sent[name] for name in BYTES)
        assert found is None or (is_same and found == good), seed


def test_without_a_manifest_a_changed_byte_touches_one_loan_and_no_other_fact(
    operator, tmp_path, pytestconfig
):
    """A wrong row is a fact of a loan whose rows all stand in the files as they were sent, taken otherwise.

    What stands in a changed row itself is taken as it reads now, where it still has one meaning: only a
    manifest can know better.
    """
    good = outcome(BYTES, tmp_path / "good", operator)
    assert set(good) == ALL
    for seed in range(pytestconfig.getoption("flips")):
        book = flipped(BYTES, seed)
        found = outcome(book, tmp_path / str(seed), operator)
        for number, fact in (found or {}).items():
            if untouched(number, book):
                assert fact == good[number], (seed, number)


def untouched(number, book):
    """Whether all rows of a loan, and of its borrower, stand in the book as they stood."""
    rows = [
        (name, line)
        for name, text in BYTES.items()
        for line in text.split(b"\n")
        if line.startswith(f"{number},".encode())
    ]
    owner = {"L1": b"B1,", "L2": b"B1,", "L3": b"B2,"}.get(number, b"?")
    rows += [
        ("borrowers.csv", line) for line in BYTES["borrowers.csv"].split(b"\n") if line.startswith(owner)
    ]
    headers = all(book[name].split(b"\n")[0] == text.split(b"\n")[0] for name, text in BYTES.items())
    same = all(line in book[name].split(b"\n") for name, line in rows)
    added = sum(
        line.startswith(f"{number},".encode()) for text in book.values() for line in text.split(b"\n")
    )
    return headers and same and added == sum(name != "borrowers.csv" for name, _ in rows)
