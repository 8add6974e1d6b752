"""A fictional credit bureau: what it says of the fictional borrowers, the same for the same seed and day."""

import csv
import tempfile
from datetime import timedelta
from pathlib import Path
from random import Random

from servicing.actions import intake
from servicing.domain.intake.observations import COLUMNS, LAYOUT
from servicing.models import Source

CODE, NAME, LICENCE = "bureau", "Fictional credit bureau", "fictional"
LENDERS = ("bank-a", "bank-b", "card-c", "fund-d", "micro-e", "micro-f", "shop-g")
# Of a thousand borrowers, how many nobody ever asked about, owe much elsewhere, or are late there.
UNASKED, LOADED, LATE, RECORDED = 80, 40, 15, 4


def history(people, *, seed, today):
    """Rows of what was said until today of borrowers: most are asked about and owe others little."""
    for person in people:
        random = Random(f"{seed} {person}")  # noqa: S311 - a story, not a secret
        if random.randrange(1000) < UNASKED:
            continue
        told = Said(person, random, today)
        told.row("asked", random.randrange(1, 120))
        is_loaded = random.randrange(1000) < LOADED
        for _ in range(random.randrange(4, 9) if is_loaded else random.choice((0, 0, 0, 1, 1, 2))):
            told.row("inquiry", random.randrange(1, 60 if is_loaded else 700))
        for lender in random.sample(LENDERS, 4 if is_loaded else random.choice((0, 0, 1, 1, 2))):
            owed = random.randrange(2, 200) * 100
            told.row("balance", random.randrange(200, 340), lender, amount=owed)
            told.row("balance", random.randrange(1, 30), lender, amount=owed * random.choice((0, 1, 1, 3)))
        if is_loaded:
            told.row("loan", random.randrange(1, 80))
        if random.randrange(1000) < LATE:
            told.row("overdue", random.randrange(1, 200), days=random.choice((3, 12, 35, 95)))
        if random.randrange(1000) < RECORDED:
            told.row(random.choice(("record", "guarantee")), random.randrange(30, 1500))
        yield from told.rows


def day(people, *, seed, day):
    """Rows of what is said on one day of a few of these borrowers."""
    for person in people:
        random = Random(f"{seed} {person} {day}")  # noqa: S311 - a story, not a secret
        if random.randrange(1000) < 10:
            told = Said(person, random, day, prefix=f"{day:%y%m%d}-")
            told.row("asked", 0)
            told.row(random.choice(("inquiry", "inquiry", "loan")), 0)
            yield from told.rows


class Said:
    """The rows of one borrower, numbered."""

    def __init__(self, person, random, today, prefix=""):
        self.person, self.random, self.today, self.prefix = person, random, today, prefix
        self.rows = []

    def row(self, kind, ago, lender=None, **numbers):
        lender = "" if kind == "asked" else lender or self.random.choice(LENDERS)
        said = {
            "observation_id": f"{self.prefix}{self.person}-{len(self.rows) + 1}",
            "borrower_id": self.person,
            "kind": kind,
            "lender": lender,
            "observed_on": (self.today - timedelta(days=ago)).isoformat(),
        } | {name: str(value) for name, value in numbers.items()}
        self.rows.append(dict.fromkeys(COLUMNS, "") | said)


def tell(rows, *, by, at):
    """Hand rows of the bureau in as a file, as an operator would."""
    source, _ = Source.objects.get_or_create(code=CODE, defaults={"name": NAME, "licence": LICENCE})
    # Whoever took the licence away had a reason, and one that is real is not replaced by a story.
    if not source.licence:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / LAYOUT.files[0].name
        if not written(rows, path):
            return
        named: dict = {"layout": LAYOUT.code, "name": CODE, "told_by": CODE, "door": "shell"}
        batch, _ = intake.stage(paths={path.name: path}, by=by, at=at, **named)
    intake.carry(batch=batch, by=by, at=at)


def written(rows, path):
    """Write the rows to a file; how many."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        return sum(bool(writer.writerow(row)) for row in rows)
