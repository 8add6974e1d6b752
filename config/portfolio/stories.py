"""The fictional borrowers: how each of them lives, loan after loan, written as files of our own layout."""

import csv
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from random import Random

from config.portfolio.contracts import PRODUCTS, Contract, identity
from servicing.domain.intake import native

HISTORY = 1100  # days
# The optional columns that the book has.
WRITTEN = {"annual_rate", "app_version"}
# How borrowers live, per thousand; what is left is quiet.
LIVES = {
    "open": 130,
    "quick": 70,
    "frequent": 15,
    "troubled": 12,
    "slipping": 10,
    "tardy": 8,
    "failing": 20,
    "behind": 25,
}
# How loans of a quiet borrower end, per thousand; what is left is paid as due.
ENDS = {
    "early": 380,
    "late": 28,
    "guarantor": 6,
    "waiver": 7,
    "recovery": 5,
    "refinancing": 8,
    "transfer": 3,
}


def drawn(random, shares, otherwise):
    """One key of the shares per thousand, or what is left."""
    spot = random.randrange(1000)
    for key, share in shares.items():
        if spot < share:
            return key
        spot -= share
    return otherwise


class Book:
    """The five files while they are written."""

    def __init__(self, folder, stack):
        self.count: Counter[str] = Counter()
        self.writers = {}
        for file in native.LAYOUT.files:
            path = Path(folder) / file.name
            out = stack.enter_context(path.open("w", newline="", encoding="utf-8"))
            self.writers[file.kind] = csv.writer(out, lineterminator="\n")
            left_out = set(file.optional) - WRITTEN
            self.writers[file.kind].writerow([name for name in file.columns if name not in left_out])

    def write(self, kind, *values):
        self.count[kind] += 1
        self.writers[kind].writerow(values)


def generate(folder, *, borrowers=5000, seed=1, today):
    """Write the files of a fictional book, as of a day, into a folder."""
    random = Random(seed)  # noqa: S311 - a story, not a secret
    with ExitStack() as stack:
        book = Book(folder, stack)
        for number in range(borrowers):
            Life(book, random, number, today).tell()


class Life:
    """One borrower and all their loans, told from the first one to today."""

    def __init__(self, book, random, number, today):
        self.book, self.random, self.number, self.today = book, random, number, today
        self.id = f"B{number + 1:06d}"
        self.kind = drawn(random, LIVES, "quiet")
        self.day = today - timedelta(days=random.randrange(60, HISTORY))
        self.is_new = True

    def tell(self):
        self.book.write("borrower", self.id, *identity(self.random, self.number))
        for _ in range(self.random.choice((2, 3, 3, 4, 5, 6))):
            if not self.borrow(drawn(self.random, ENDS, "due")):
                break
        getattr(self, self.kind, lambda: None)()

    def borrow(self, end):
        """One loan that is over by today, or the first one; False where there is no more time for one."""
        product = self.random.choices(list(PRODUCTS), (10, 25, 35, 30))[0]
        if (self.today - self.day).days < 370:
            product = self.random.choice(("flash-30", "cash-3", "cash-3", "cash-6"))
        loan = Contract(self.random, product, self.day)
        loan.pay(end)
        if loan.over_on >= self.today:
            if self.is_new:
                self.sign(loan)
            return False
        self.sign(loan)
        self.day = loan.over_on + timedelta(days=self.gap())
        return self.day < self.today

    def gap(self):
        return 12 + int(self.random.expovariate(1 / 70))

    def sign(self, loan):
        self.is_new = False
        loan.write(self.book, self.id, f"L{self.book.count['loan'] + 1:07d}", self.today)

    def at(self, days_ago, product="flash-30"):
        return Contract(self.random, product, self.today - timedelta(days=days_ago))

    # What the special lives add to the quiet one, most recent events last.

    def open(self):
        loan = self.at(self.random.randrange(5, 80), self.random.choice(("cash-3", "cash-6", "cash-12")))
        loan.pay("due")
        self.sign(loan)

    def behind(self):
        """Late right now, from a day to half a year; most have not paid the first instalment."""
        paid = self.random.choice((0, 0, 1, 2))
        days_late = self.random.choice((1, 1, 2, 3, 7, 12, 20, 35, 50, 75, 110, 185))
        loan = self.at(30 * (paid + 1) + days_late, self.random.choice(("cash-3", "cash-6", "cash-12")))
        loan.stop(after=paid)
        self.sign(loan)

    def quick(self):
        """Borrows again within two days of a payoff."""
        first = self.at(self.random.randrange(70, 110))
        first.pay("early")
        self.sign(first)
        again = Contract(self.random, "flash-30", first.over_on + timedelta(days=self.random.randrange(3)))
        again.pay("due")
        self.sign(again)

    def frequent(self):
        """Three to five short loans within a month."""
        for days_ago in sorted(self.random.sample(range(2, 28), self.random.randrange(3, 6)), reverse=True):
            loan = self.at(days_ago)
            loan.pay("at once")
            self.sign(loan)

    def troubled(self):
        """Once more than a month late."""
        loan = self.at(self.random.randrange(260, 500), "cash-3")
        loan.pay("very late")
        self.sign(loan)

    def tardy(self):
        """Late again and again, never by much."""
        for days_ago in range(640, 160, -80):
            loan = self.at(days_ago)
            loan.pay("late")
            self.sign(loan)

    def slipping(self):
        """Late with the last loan."""
        loan = self.at(self.random.randrange(60, 90))
        loan.pay("late")
        self.sign(loan)

    def failing(self):
        """Several attempts fail before the money comes."""
        loan = self.at(self.random.randrange(40, 75))
        loan.pay("due", failures=self.random.randrange(3, 6))
        self.sign(loan)
