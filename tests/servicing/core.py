"""A loan core that tells stories: it numbers what happens, signs it, and can send anything again."""

import json
from base64 import b64encode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils import timezone

from servicing.actions import feed, staff
from servicing.domain.feed import envelope
from servicing.domain.privacy import check_digit
from servicing.gateways import feed as gateway

NAME, PHONE = "欧阳测试", "10012345678"
NATIONAL_ID = "99010119900101001" + check_digit("99010119900101001")
SEPTEMBER = "2026-09-01T09:00:00+08:00"


class Core:
    """Says messages and delivers ranges of them; `tell` is its own memory, in order from number 1."""

    def __init__(self, source="core"):
        self.source, self.key, self.private, self.told = source, "k1", Ed25519PrivateKey.generate(), []

    @property
    def public(self):
        return b64encode(self.private.public_key().public_bytes_raw()).decode()

    def say(self, kind, at, loan="", **data):
        line = {"sequence": len(self.told) + 1, "kind": kind, "at": at, "loan": loan} | data
        self.told.append(line)
        return line["sequence"]

    def body(self, first, last):
        lines = [json.dumps(line, ensure_ascii=False) for line in self.told[first - 1 : last]]
        return "".join(f"{line}\n" for line in lines).encode()

    def sign(self, first, last, body, **other):
        named = {"source": self.source, "key": self.key} | other
        return str(envelope.sign(self.private, first=first, last=last, body=body, **named))

    def delivery(self, first=1, last=None):
        """(seal, body) of a range."""
        last = last or len(self.told)
        body = self.body(first, last)
        return self.sign(first, last, body), body

    def drop(self, first=1, last=None, name=None):
        seal, body = self.delivery(first, last)
        folder = gateway.inbox(self.source)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / (name or f"{first:012d}.jsonl")
        path.write_bytes(body)
        gateway.seal_of(path).write_text(seal)
        return path

    def deliver(self, first=1, last=None, *, at=None):
        """Through the action behind both doors; what the core is answered."""
        seal, body = self.delivery(first, last)
        return feed.deliver(
            source=self.source, seal=seal, body=body, door="https", by=staff.machine("core"),
            at=at or timezone.now(),
        )  # fmt: skip

    # What can be told.

    def open(self, loan, *, at=SEPTEMBER, borrower="B1", dues=(("2026-10-01", "100.00"),), **owner):
        plan = [
            {"number": n, "due_on": day, "amount": amount} for n, (day, amount) in enumerate(dues, start=1)
        ]
        total = f"{sum(float(amount) for _day, amount in dues):.2f}"
        return self.say(
            "loan.opened", at, loan, borrower={"borrower_id": borrower} | owner,
            terms={"product": "flash", "currency": "CNY", "principal": "90.00", "total_due": total,
                   "disbursed_on": at[:10]},
            instalments=plan,
        )  # fmt: skip

    def pay(self, loan, number, amount="100.00", *, at="2026-10-01T10:00:00+08:00", **more):
        return self.say("payment.made", at, loan, payment_id=number, amount=amount, **more)

    def close(self, day, **totals):
        """day.closed with the counts as told, or the given ones."""
        at = f"{day}T23:59:00+08:00"
        spelled = {name: {"count": count, "amount": amount} for name, (count, amount) in totals.items()}
        return self.say("day.closed", at, day=day, totals=spelled)


def keys_file(path, *cores):
    """The keys file of an installation that listens to these cores."""
    known = {core.source: {"name": core.source.title(), "keys": {core.key: core.public}} for core in cores}
    path.write_text(json.dumps(known))
    return path
