"""A fictional loan core: what happens to its loans on a day, numbered and remembered in a journal.

It lends to people of the fictional book who settled before and to some who do not exist either; the same
seed and days are the same story.
"""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from config.portfolio import obstacles
from config.portfolio.contracts import CHANNELS, ERRORS, RATE, Contract, identity
from servicing.domain.feed.days import COUNTED
from servicing.domain.intake import native

ZONE = ZoneInfo(native.ZONE)
SHORT = ("flash-30", "cash-3", "cash-3", "cash-6")
# Loans that begin on a day, and of these how many per thousand have a guarantor or a new borrower.
LOANS, GUARANTEED, NEW = 8, 60, 250
# Per thousand of the chances of a day.
FAILS, FORGETS, PAYS_LATE, PAYS_OFF, REVERSED, OVERPAYS = 80, 70, 250, 60, 25, 40
PERSON = ("borrower_id", "name", "national_id", "phone")
FIRST_STRANGER = 8_000_000


@dataclass
class Open:
    """A loan as the core sees it: what is still due, oldest first, and what it has been paid."""

    borrower: str
    dues: list
    guarantor: str = ""
    channel: str = "wallet"
    paid: list = field(default_factory=list)
    overpaid: Decimal = Decimal(0)
    follows: int = 0  # days since the payoff, of which the first one brings its steps


NOTHING, NOBODY = Open("", []), "F9999999"


class Core:
    """Plays days and remembers them; `former` are the external ids of people who settled before."""

    def __init__(self, journal: Path, *, seed, former):
        self.journal, self.seed, self.former = journal, seed, former
        self.lines: list[dict] = []
        self.loans: dict[str, Open] = {}
        self.count: Counter[str] = Counter()
        self.day: date | None = None
        self.is_closed = True
        if journal.exists():
            for text in journal.read_text().splitlines():
                self._remember(json.loads(text))

    def play(self, day, *, until, rounds=1):
        """One round of a day up to an instant; closes the day before it where that is still open."""
        if self.day and self.day < day and not self.is_closed:
            self.close()
        began = len(self.lines)
        self.random = Random(f"{self.seed}:{day}:{rounds}:{began}")  # noqa: S311 - a story, not a secret
        self.day, self.is_closed, self.said = day, False, []
        self._follow_up()
        self._collect(day)
        for _ in range(LOANS):
            self._lend(day)
        self._number(until)
        return self.lines[began:]

    def close(self):
        """Say what the day held, as the core itself counted it."""
        assert self.day  # noqa: S101 - somebody has played it
        day, sums = self.day.isoformat(), defaultdict(list)
        for line in self.lines:
            if line["at"][:10] == day and (name := COUNTED.get(line["kind"])):
                sums[name].append(Decimal(line["amount"] if "amount" in line else line["terms"]["principal"]))
        totals = {name: {"count": len(found), "amount": str(sum(found))} for name, found in sums.items()}
        self.said = [("day.closed", "", {"day": day, "totals": totals})]
        self._number(datetime.combine(self.day, time(23, 59, 59), ZONE))
        return self.lines[-1:]

    def stray(self, until):
        """What goes wrong with a core: a failure of yesterday told after yesterday was closed, and a reminder
        about a loan that nobody opened.
        """
        oldest, _ = next(iter(self.loans.items()))
        late = until - timedelta(days=1)
        self.said = [("payment.failed", oldest, {"payment_id": self._id("FF"), "amount": "1.00"})]
        self._number(late)
        self.said = [("reminder.sent", NOBODY, {"reminder_id": self._id("FR"), "channel": "sms"})]
        self._number(until)

    @property
    def next_day(self):
        """The day that gets the next round, or None before the first one."""
        return self.day and self.day + timedelta(days=self.is_closed)

    # What a day brings.

    def _chance(self, share):
        return self.random.randrange(1000) < share

    def _say(self, kind, loan, **data):
        self.said.append((kind, loan, data))

    def _lend(self, day):
        number = self.count["loan"] + len([1 for kind, *_ in self.said if kind == "loan.opened"]) + 1
        owner = {"borrower_id": self.random.choice(self.former)} if self.former else {}
        if not owner or self._chance(NEW):
            name, national_id, phone = identity(self.random, FIRST_STRANGER + number)
            owner = dict(zip(PERSON, (f"F{number:06d}", name, national_id, phone), strict=True))
        contract = Contract(self.random, self.random.choice(SHORT), day)
        guarantors = []
        if self._chance(GUARANTEED):
            name, _, phone = identity(self.random, FIRST_STRANGER + 500_000 + number)
            guarantors = [{"guarantor_id": f"FG{number:06d}", "name": name, "phone": phone}]
        self._say(
            "loan.opened", f"F{number:07d}", borrower=owner, guarantors=guarantors,
            terms={"product": contract.product, "currency": "CNY", "principal": str(contract.principal),
                   "total_due": str(contract.total), "annual_rate": str(RATE),
                   "disbursed_on": day.isoformat()},
            instalments=[{"number": n, "due_on": due_on.isoformat(), "amount": str(amount)}
                         for n, (due_on, amount) in enumerate(contract.dues, start=1)],
        )  # fmt: skip

    def _collect(self, day):
        """What is due, what is late, who pays everything at once, and which payment turns out to be none."""
        for key, loan in self.loans.items():
            if loan.paid and self._chance(REVERSED) and loan.follows <= 1 and not loan.overpaid:
                payment, amount = loan.paid[-1]
                self._say("payment.reversed", key, payment_id=payment, amount=str(amount))
            elif loan.dues and self._chance(PAYS_OFF):
                self._pay(key, loan, sum((amount for _due, amount in loan.dues), Decimal(0)))
            elif loan.dues and loan.dues[0][0] <= day.isoformat():
                self._due(key, loan, day)

    def _due(self, key, loan, day):
        is_late = loan.dues[0][0] < day.isoformat()
        if not is_late and self._chance(FAILS):
            error = self.random.choice(ERRORS)
            failed = {"amount": str(loan.dues[0][1]), "error_code": error} | self._how(loan)
            self._say("payment.failed", key, payment_id=self._id("FF"), **failed)
        elif self._chance(PAYS_LATE if is_late else 1000 - FORGETS):
            self._pay(key, loan, loan.dues[0][1])
        elif is_late:
            self._say("reminder.sent", key, reminder_id=self._id("FR"), channel="sms")

    def _pay(self, key, loan, amount):
        is_all = amount == sum((due for _day, due in loan.dues), Decimal(0))
        more = Decimal(50) if is_all and self._chance(OVERPAYS) else 0
        paid = {"amount": str(amount + more)} | self._how(loan)
        self._say("payment.made", key, payment_id=self._id("FP"), **paid)

    def _how(self, loan):
        """The channel of a loan and, where an app is used, its version."""
        # Of its own, so that the app moves nothing else in the story.
        chance = Random(self._id("app"))  # noqa: S311 - a story, not a secret
        app = obstacles.version(loan.channel, self.day, today=self.day, random=chance)
        return {"channel": loan.channel} | ({"app_version": app} if app else {})

    def _follow_up(self):
        """The day after a payoff: what was overpaid goes back, and nobody collects any more."""
        for key, loan in self.loans.items():
            if loan.dues or loan.follows != 1:
                continue
            if loan.overpaid:
                self._say("payment.refunded", key, payment_id=self._id("FB"), amount=str(loan.overpaid))
            self._say("mandate.revoked", key)
            self._say("reminders.recalled", key)
            if loan.guarantor:
                self._say("guarantor.released", key, guarantor_id=loan.guarantor)

    def _id(self, prefix):
        return f"{prefix}{len(self.lines) + len(self.said) + 1:08d}"

    # The journal.

    def _number(self, until):
        """Give what was said its numbers and its times, the last one at `until`, and write it down."""
        latest = datetime.combine(until, time(), ZONE)
        if self.lines:
            latest = max(latest, datetime.fromisoformat(self.lines[-1]["at"]))
        step = min(timedelta(minutes=1), max(until - latest, timedelta(0)) / (len(self.said) + 1))
        with self.journal.open("a") as journal:
            for left, (kind, loan, data) in zip(range(len(self.said) - 1, -1, -1), self.said, strict=True):
                at = (until - left * step).replace(microsecond=0).isoformat()
                line = {"sequence": len(self.lines) + 1, "kind": kind, "at": at, "loan": loan} | data
                journal.write(json.dumps(line, ensure_ascii=False) + "\n")
                self._remember(line)

    def _remember(self, line):
        self.lines.append(line)
        told = datetime.fromisoformat(line["at"]).date()
        self.day = max(told, self.day or told)  # what comes late opens no earlier day again
        self.is_closed = line["kind"] == "day.closed"
        loan = self.loans.get(line["loan"], NOTHING)
        if line["kind"] == "loan.opened":
            self.count["loan"] += 1
            dues = [(due["due_on"], Decimal(due["amount"])) for due in line["instalments"]]
            person = line["guarantors"][0]["guarantor_id"] if line["guarantors"] else ""
            channel = CHANNELS[self.count["loan"] % len(CHANNELS)]
            self.loans[line["loan"]] = Open(line["borrower"]["borrower_id"], dues, person, channel)
        elif line["kind"] == "payment.made":
            came(loan, line)
        elif line["kind"] == "payment.refunded":
            loan.overpaid = Decimal(0)
        elif line["kind"] == "payment.reversed":
            gone(loan, self.day)
        elif self.is_closed:
            for one in self.loans.values():
                one.follows += not one.dues


def came(loan, line):
    amount = Decimal(line["amount"])
    loan.paid.append((line["payment_id"], amount))
    while loan.dues and amount >= loan.dues[0][1]:
        amount -= loan.dues.pop(0)[1]
    loan.overpaid = amount


def gone(loan, day):
    """A payment was none: as much is due again, at once."""
    _, amount = loan.paid.pop()
    loan.dues.insert(0, (day.isoformat(), amount))
    loan.follows = 0
