"""100,000 responses through the intake: `python -m tests.bench.import_responses [--rows N] [--signs N]`.

It wants an empty installation of its own, named by AFTERCARE_STATE. A worker reads, checks and applies, and
is killed with -9 in the middle of the application; another goes on. Memory is the worker's own high-water
mark, rows a second are by the clock and by the worker's processor.
"""

import argparse
import csv
import json
import os
import random
import signal
import tempfile
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("AFTERCARE_PLAIN_HTTP", "1")

SIGNS = "自动扣款失败余额足够短信提醒催收电话征信报告没有更新逾期记录提前结清手续费客服态度很好谢谢帮助"
KINDS = ("complaint",) * 6 + ("suggestion",) * 2 + ("praise", "objection")
LOANS = 200


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--signs", type=int, default=120, help="how long the words of each response are")
    asked = parser.parse_args()

    from config import embedded

    embedded.use()
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(json.dumps(measure(asked.rows, asked.signs), indent=2))


def measure(rows, signs):
    from django.utils import timezone

    from feedback.models import Response
    from servicing.actions import intake
    from servicing.models import ImportBatch, LedgerEntry, Period
    from tests.bench.import_million import person, run_until

    wei, ana = person("wei", "risk"), person("ana", "risk_lead")
    Period.objects.create(code="job.lease", value=5, citation="bench", valid_from="2026-01-01")
    loans = customers()
    found = {"rows": rows, "signs": signs}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "responses.csv"
        write(path, rows, signs, loans)
        found["mib"] = path.stat().st_size >> 20
        batch, _ = intake.stage(
            paths={path.name: path}, layout="responses", name="bench", door="browser", by=wei,
            at=timezone.now(),
        )  # fmt: skip
    began, burnt = time.monotonic(), spent()
    found["peak_mib_reading_and_checking"] = run_until(batch, "checked")
    found |= pace("reading_and_checking", rows, began, burnt)
    batch = ImportBatch.objects.get(pk=batch.pk)
    intake.apply(batch=batch, digest=intake.digest(batch), by=ana, at=timezone.now())
    began, burnt = time.monotonic(), spent()
    found |= killed_in_the_middle(rows)
    found["peak_mib_applying"] = max(found["peak_mib_until_killed"], run_until(batch, "applied"))
    found |= pace("applying", rows, began, burnt)
    batch.refresh_from_db()
    found["counts"], found["responses"] = batch.counts, Response.objects.count()
    found["entries"] = LedgerEntry.objects.filter(what="responses.taken").count()
    return found


def spent():
    """Seconds of processor of the workers that have ended: each phase ends with its worker."""
    found = os.times()
    return found.children_user + found.children_system


def pace(name, rows, began, burnt):
    seconds, processor = time.monotonic() - began, spent() - burnt
    return {
        f"seconds_{name}": round(seconds, 1),
        f"rows_a_second_{name}": round(rows / seconds),
        f"rows_a_processor_second_{name}": round(rows / processor),
    }


def killed_in_the_middle(rows):
    """Apply with a worker that is killed at about half."""
    from feedback.models import Response
    from tests.bench.import_million import peak_of, worker

    child = worker()
    while Response.objects.count() < rows / 2:
        time.sleep(0.05)
    peak = peak_of(child)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    return {"peak_mib_until_killed": peak, "killed_at": round(Response.objects.count() / rows, 3)}


def customers():
    """Loans on file, so that the responses are somebody's."""
    from django.utils import timezone

    from servicing.models import Borrower, Loan, Product, Source

    on, product = timezone.localdate(), Product.objects.create(code="bench", name="Bench")
    core, _ = Source.objects.get_or_create(code="native", defaults={"name": "Loan core"})
    people = Borrower.objects.bulk_create(
        Borrower(source=core, external_id=f"B{n}", reference=f"R{n}", created_at=timezone.now())
        for n in range(LOANS)
    )
    Loan.objects.bulk_create(
        Loan(
            borrower=one, product=product, source=core, external_id=f"L{n}", principal=1, total_due=1,
            disbursed_on=on, known_on=on,
        )
        for n, one in enumerate(people)
    )  # fmt: skip
    return [f"L{n}" for n in range(LOANS)]


def write(path, rows, signs, loans):
    dice = random.Random(1)
    text = "".join(dice.choices(SIGNS, k=100_000))
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("response_id", "received_at", "kind", "loan_id", "where", "words", "topic"))
        for n in range(rows):
            start, kind = dice.randrange(len(text) - signs), KINDS[n % len(KINDS)]
            topic = ("扣款", "征信", "催收", "")[n % 4]
            day = f"2026-{1 + n % 10:02}-{1 + n % 28:02} 09:{n % 60:02}:00"
            words = f"{text[start : start + signs - 14]}，请打 138{n:08}"
            writer.writerow((f"C{n}", day, kind, dice.choice(loans), "debit", words, topic))


if __name__ == "__main__":
    main()
