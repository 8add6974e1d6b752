"""One fictional loan: what is due when, what comes when, and in which way it ends."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from config.portfolio import obstacles
from servicing.domain.archive.conventions import Conventions
from servicing.domain.archive.schedule import EQUAL_INSTALMENTS, Terms, plan
from servicing.domain.intake import native
from servicing.domain.privacy import check_digit

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建文志国春梅海燕婷雪鹏飞宇欣佳怡晨浩轩梓涵子墨思源"
)
# code: instalments, days between them, smallest and largest principal
PRODUCTS = {
    "flash-30": (1, 30, 500, 3000),
    "cash-3": (3, 30, 1000, 8000),
    "cash-6": (6, 30, 2000, 15000),
    "cash-12": (12, 30, 5000, 30000),
}
NAMES = {
    "flash-30": "闪借 30 天",
    "cash-3": "现金分期 3 期",
    "cash-6": "现金分期 6 期",
    "cash-12": "现金分期 12 期",
}
CHANNELS = ("debit-a", "debit-b", "wallet", "transfer")
ERRORS = ("insufficient_funds", "limit_exceeded", "bank_timeout")
CURRENCY = "CNY"
RATE = Decimal("0.18")


class Contract:
    """One loan: what is due when, and what comes when."""

    def __init__(self, random, product, day):
        count, step, low, high = PRODUCTS[product]
        self.random, self.product, self.disbursed_on = random, product, day
        self.principal = Decimal(random.randrange(low, high + 1, 100))
        agreed = Terms(
            self.principal, RATE, EQUAL_INSTALMENTS, count, day, day + timedelta(days=step), every_days=step
        )
        self.dues = [(row.due_on, row.amount) for row in plan(agreed, Conventions())]
        self.total = sum(amount for _, amount in self.dues)
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
            self.finish(end, day, rest)
        self.fail(failures)

    def stop(self, *, after):
        """Paid as due so many times; since then the debit fails."""
        for due_on, amount in self.dues[:after]:
            self.add(due_on, amount)
        self.attempt(self.dues[after][0], self.random.choice(ERRORS))

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

    def finish(self, end, day, rest):
        origin = end if end in native.ORIGINS else "borrower"
        if end == "waiver" and (gift := (rest / 5).quantize(Decimal("0.01"))):
            self.add(day, rest - gift)
            self.add(day, gift, "waiver")
            return
        self.guarantor = end == "guarantor"
        if end == "recovery":
            self.written_off_on = day - timedelta(days=self.random.randrange(5, 30))
        self.add(day, rest, origin)

    def fail(self, failures):
        """Failed attempts before the last payment."""
        day = self.payments[-1][0]
        for n in range(failures or (self.random.random() < 0.05)):
            self.attempt(max(day - timedelta(days=n // 2), self.disbursed_on), self.random.choice(ERRORS))

    def attempt(self, day, error):
        self.payments.append((day, self.dues[-1][1], "borrower", "failed", self.channel, error))

    def write(self, book, borrower_id, loan_id, today):
        """The loan as the files show it today: what lies ahead has not come yet."""
        money = (CURRENCY, self.principal, self.total, self.disbursed_on)
        written_off_on = self.written_off_on if (self.written_off_on or today) < today else None
        book.write("loan", loan_id, borrower_id, self.product, *money, written_off_on, RATE)
        for number, (due_on, amount) in enumerate(self.dues, start=1):
            book.write("instalment", loan_id, number, due_on, amount)
        self.write_payments(book, loan_id, today)
        if self.guarantor:
            number = book.count["guarantor"] + 1
            name, _, phone = identity(self.random, 5_000_000 + number)
            book.write("guarantor", loan_id, f"G{number:06d}", name, phone)

    def write_payments(self, book, loan_id, today):
        """What came and what failed; before a payment stands the attempt that met an obstacle on that day."""
        # Of its own, so that what is planted here moves nothing else in the book.
        chance = Random(f"{loan_id} {self.disbursed_on} {self.total}")  # noqa: S311 - a story, not a secret
        for day, amount, origin, outcome, channel, error in self.payments:
            if day >= today:
                continue
            told = (amount, origin, outcome, channel, error)
            hour = self.hour(is_late=outcome == "succeeded")
            app = obstacles.version(channel, day, today=today, random=chance)
            is_own = outcome == "succeeded" and origin == "borrower"
            met = is_own and obstacles.struck(channel, day, today=today, random=chance)
            if met:
                planted, tried = met
                failed = (amount, origin, "failed", channel, planted.error_code)
                self.write_payment(book, loan_id, self.moment(day, tried), *failed, app)
                hour = max(hour, tried + 1)
            self.write_payment(book, loan_id, self.moment(day, hour), *told, app)

    def write_payment(self, book, loan_id, *told):
        book.write("payment", loan_id, f"P{book.count['payment'] + 1:08d}", *told)

    def hour(self, *, is_late):
        """Some time of the day; an attempt that fails comes before the one that does not."""
        return self.random.randrange(14, 22) if is_late else self.random.randrange(6, 14)

    def moment(self, day, hour):
        clock = time(hour, self.random.randrange(60), self.random.randrange(60))
        return datetime.combine(day, clock).isoformat()


def identity(random, number):
    """(name, identity number, telephone) that belong to nobody, and to one `number` only."""
    name = random.choice(SURNAMES) + "".join(random.choices(GIVEN, k=random.choice((1, 2, 2))))
    born = date(1962, 1, 1) + timedelta(days=random.randrange(42 * 365))
    seventeen = f"{990000 + number % 10000:06d}{born:%Y%m%d}{number // 10000:03d}"
    return name, seventeen + check_digit(seventeen), f"100{number:08d}"
