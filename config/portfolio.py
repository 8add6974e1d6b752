"""A fictional loan book in our own layout: the same people, loans and mishaps for the same seed and day.

Nobody in it can exist. Identity numbers begin with 99, which no administrative division of GB/T 2260 does
(they run from 11 to 82), with a valid check digit; telephone numbers are eleven digits that begin with 100,
while mobile numbers begin with 13 to 19 and 100 opens only short service numbers.
"""

import csv
import tempfile
from collections import Counter
from contextlib import ExitStack
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from django.utils import timezone

from reviews.actions import recheck
from servicing.actions import intake, staff
from servicing.domain.intake import native
from servicing.domain.intake.fields import check_digit
from servicing.models import ImportBatch

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建文志国春梅海燕婷雪鹏飞宇欣佳怡晨浩轩梓涵子墨思源"
# code: instalments, days between them, smallest and largest principal
PRODUCTS = {
    "flash-30": (1, 30, 500, 3000),
    "cash-3": (3, 30, 1000, 8000),
    "cash-6": (6, 30, 2000, 15000),
    "cash-12": (12, 30, 5000, 30000),
}
CHANNELS = ("debit-a", "debit-b", "wallet", "transfer")
ERRORS = ("insufficient_funds", "limit_exceeded", "bank_timeout")
# What this channel suffers from since the last months: the obstacle to be found.
OBSTACLE = ("debit-b", "card_rebind_failed", 120)
HISTORY = 1100  # days
# How many nights ago the book was rechecked.
NIGHTS = (7, 1, 0)
CURRENCY = "CNY"

# How borrowers live, per thousand; what is left is quiet.
LIVES = {"open": 130, "quick": 70, "frequent": 15, "troubled": 12, "slipping": 10, "failing": 20}
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
        self.count = Counter()
        self.writers = {}
        for file in native.LAYOUT.files:
            out = stack.enter_context(open(Path(folder) / file.name, "w", newline="", encoding="utf-8"))
            self.writers[file.kind] = csv.writer(out, lineterminator="\n")
            self.writers[file.kind].writerow(file.columns)

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

    def tell(self):
        self.book.write("borrower", self.id, *identity(self.random, self.number))
        for _ in range(self.random.choice((2, 3, 3, 4, 5, 6))):
            if not self.borrow(drawn(self.random, ENDS, "due")):
                break
        getattr(self, self.kind, lambda: None)()

    def borrow(self, end):
        """One loan that is over by today; False where there is no more time for one."""
        product = self.random.choices(list(PRODUCTS), (10, 25, 35, 30))[0]
        if (self.today - self.day).days < 370:
            product = self.random.choice(("flash-30", "cash-3", "cash-3", "cash-6"))
        loan = Contract(self.random, product, self.day)
        loan.pay(end)
        if loan.over_on >= self.today:
            return False
        self.sign(loan)
        self.day = loan.over_on + timedelta(days=self.gap())
        return self.day < self.today

    def gap(self):
        return 12 + int(self.random.expovariate(1 / 70))

    def sign(self, loan):
        loan.write(self.book, self.id, f"L{self.book.count['loan'] + 1:07d}", self.today)

    def at(self, days_ago, product="flash-30"):
        return Contract(self.random, product, self.today - timedelta(days=days_ago))

    # What the special lives add to the quiet one, most recent events last.

    def open(self):
        loan = self.at(self.random.randrange(5, 80), self.random.choice(("cash-3", "cash-6", "cash-12")))
        loan.pay("due")
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


class Contract:
    """One loan: what is due when, and what comes when."""

    def __init__(self, random, product, day):
        count, step, low, high = PRODUCTS[product]
        self.random, self.product, self.disbursed_on = random, product, day
        self.principal = Decimal(random.randrange(low, high + 1, 100))
        self.total = (self.principal * (1 + Decimal(count) * Decimal("0.015"))).quantize(Decimal("0.01"))
        part = (self.total / count).quantize(Decimal("0.01"))
        amounts = [part] * (count - 1) + [self.total - part * (count - 1)]
        self.dues = [(day + timedelta(days=step * n), amount) for n, amount in enumerate(amounts, start=1)]
        self.channel = random.choices(CHANNELS, (40, 25, 25, 10))[0]
        self.payments, self.written_off_on, self.guarantor = [], None, False

    @property
    def over_on(self):
        return max(day for day, *_ in self.payments)

    def add(self, day, amount, origin="borrower"):
        self.payments.append((max(day, self.disbursed_on), amount, origin, "succeeded", self.channel, ""))

    def pay(self, end, *, failures=0):
        """Fill in the payments of a loan that ends in this way."""
        delay = {"late": (2, 20), "very late": (35, 95)}.get(end)
        stop = self.cut(end)
        for due_on, amount in self.dues[:stop]:
            self.add(due_on - timedelta(days=self.random.choice((0, 0, 0, 1, 2))), amount)
        rest = sum(amount for _, amount in self.dues[stop:])
        next_due_on = self.dues[min(stop, len(self.dues) - 1)][0]
        if rest:
            days = self.random.randrange(*delay) if delay else self.days_of(end)
            day = next_due_on + timedelta(days=days)
            self.finish(end, day, rest, stop)
        self.fail(failures)

    def cut(self, end):
        """How many instalments are paid as due before the end begins."""
        count = len(self.dues)
        if end in ("late", "very late"):
            return count - 1
        return {"due": count, "at once": 0}.get(end, self.random.randrange(count))

    def days_of(self, end):
        """Days from the next due day to the end."""
        if end == "at once":
            return -29
        if end in ("early", "refinancing"):
            return -self.random.randrange(3, 25)
        return self.random.randrange(120, 200) if end == "recovery" else self.random.randrange(8, 40)

    def finish(self, end, day, rest, stop):
        origin = end if end in native.ORIGINS else "borrower"
        if end == "late" or end == "very late":
            self.add(day, rest)
            return
        if end == "waiver" and (gift := (rest / 5).quantize(Decimal("0.01"))):
            self.add(day, rest - gift)
            self.add(day, gift, "waiver")
            return
        self.guarantor = end == "guarantor"
        if end == "recovery":
            self.written_off_on = day - timedelta(days=self.random.randrange(5, 30))
        self.add(day, rest, origin)

    def fail(self, failures):
        """Failed attempts before the last payment; since some months one channel has a fault of its own."""
        day = self.payments[-1][0]
        channel, error, days = OBSTACLE
        self.fault = (channel, error, days)
        for n in range(failures or (self.random.random() < 0.05)):
            attempt = max(day - timedelta(days=n // 2), self.disbursed_on)
            entry = (attempt, self.dues[-1][1], "borrower", "failed", self.channel, self.random.choice(ERRORS))
            self.payments.append(entry)

    def suffers(self, today):
        """Whether the obstacle met this loan."""
        channel, _, days = OBSTACLE
        is_recent = (today - self.over_on).days < days
        return self.channel == channel and is_recent and self.random.random() < 0.3

    def write(self, book, borrower_id, loan_id, today):
        """The loan as the files show it today: what lies ahead has not come yet."""
        if self.suffers(today):
            entry = (self.over_on, self.dues[-1][1], "borrower", "failed", self.channel, OBSTACLE[1])
            self.payments.append(entry)
        money = (CURRENCY, self.principal, self.total, self.disbursed_on)
        book.write("loan", loan_id, borrower_id, self.product, *money, self.written_off_on)
        for number, (due_on, amount) in enumerate(self.dues, start=1):
            book.write("instalment", loan_id, number, due_on, amount)
        for day, amount, origin, outcome, channel, error in self.payments:
            if day < today:
                at = self.moment(day, is_late=outcome == "succeeded")
                book.write(
                    "payment",
                    loan_id,
                    f"P{book.count['payment'] + 1:08d}",
                    at,
                    amount,
                    origin,
                    outcome,
                    channel,
                    error,
                )
        if self.guarantor:
            number = book.count["guarantor"] + 1
            name, _, phone = identity(self.random, 5_000_000 + number)
            book.write("guarantor", loan_id, f"G{number:06d}", name, phone)

    def moment(self, day, *, is_late):
        """Some time of the day; an attempt that fails comes before the one that does not."""
        hour = self.random.randrange(14, 22) if is_late else self.random.randrange(6, 14)
        return datetime.combine(day, time(hour, self.random.randrange(60), self.random.randrange(60))).isoformat()


def identity(random, number):
    """(name, identity number, telephone) that belong to nobody, and to one `number` only."""
    name = random.choice(SURNAMES) + "".join(random.choices(GIVEN, k=random.choice((1, 2, 2))))
    born = date(1962, 1, 1) + timedelta(days=random.randrange(42 * 365))
    seventeen = f"{990000 + number % 10000:06d}{born:%Y%m%d}{number // 10000:03d}"
    return name, seventeen + check_digit(seventeen), f"100{number:08d}"


def load(*, borrowers=5000, seed=1, progress=None):
    """Import a fictional book as of today through the ordinary intake; the counts of this call.

    A book of this size and seed that is here already stays as it is. `progress` is called with
    (done, total, text).
    """
    at, by = timezone.now(), staff.machine("operator")
    name = f"portfolio {borrowers} {seed}"
    batch = ImportBatch.objects.filter(layout="native", name=name).exclude(status="refused").first()
    is_new = False
    if batch is None:
        with tempfile.TemporaryDirectory() as folder:
            generate(folder, borrowers=borrowers, seed=seed, today=timezone.localdate(at))
            paths = {file.name: Path(folder) / file.name for file in native.LAYOUT.files}
            batch, is_new = intake.stage(
                paths=paths, layout="native", name=name, door="shell", by=by, at=at
            )
    if batch.status != ImportBatch.Status.APPLIED:
        batch = intake.carry(batch=batch, by=by, at=at, progress=progress)
    if not recheck.whole_runs().exists():
        judge(by=by, today=timezone.localdate(at))
    return intake.counts_of_call(batch, is_new=is_new)


def judge(*, by, today):
    """Recheck the book as the last nights would have done, so that alerts have opened, moved and closed."""
    for nights in NIGHTS:
        recheck.run(as_of=today - timedelta(days=nights), by=by, at=timezone.now())
