"""How the fictional core's messages travel: signed deliveries, by folder or HTTPS, also badly."""

import base64
import json
import os
from itertools import pairwise
from pathlib import Path
from random import Random
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from config import keys
from servicing.domain.feed import envelope
from servicing.domain.intake import native
from servicing.gateways import feed

SOURCE, KEY = native.LAYOUT.source, "demo"
SIZE = 12  # messages of a delivery


class NotOurs(Exception):
    """The keys file names another core for this source: a fictional one must not speak for it."""


def private_key() -> Ed25519PrivateKey:
    """This installation's own demonstration key; its public half is entered into the keys file."""
    text = keys.kept(
        settings.STATE / "keys" / "feed-demo.key",
        lambda: base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode(),
    )
    private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(text))
    public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    entry = {"name": native.LAYOUT.source_name, "zone": native.ZONE, "keys": {KEY: public}}
    path = Path(settings.FEED_KEYS)
    known = json.loads(path.read_text()) if path.exists() else {}
    if known.setdefault(SOURCE, entry)["keys"] != entry["keys"]:
        raise NotOurs(path)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(known, indent=1))
    fresh.replace(path)
    return private


class Courier:
    """Carries ranges of the core's lines; `send` is one of the two doors below."""

    def __init__(self, core, *, to=""):
        self.core, self.private, self.url = core, private_key(), to
        self.answer = self.sent = 0

    def carry(self, first, last):
        lines = [json.dumps(line, ensure_ascii=False) + "\n" for line in self.core.lines[first - 1 : last]]
        raw = "".join(lines).encode()
        seal = envelope.sign(self.private, source=SOURCE, key=KEY, first=first, last=last, body=raw)
        if self.url:
            self._post(raw, str(seal))
        else:
            # The folder is emptied in the order of names: theirs is the order in which they travel.
            self.sent += 1
            self._drop(raw, str(seal), f"{self.sent:06d}-{first:012d}-{last:012d}.jsonl")

    def _drop(self, body, seal, name):
        """First the body, then its seal under its final name: what has no seal is not complete."""
        folder = feed.inbox(SOURCE)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / name
        path.write_bytes(body)
        draft = path.with_suffix(".draft")
        draft.write_text(seal)
        draft.replace(feed.seal_of(path))

    def _post(self, body, seal):
        request = Request(f"{self.url.rstrip('/')}/feed/{SOURCE}/", data=body, headers={"Feed-Seal": seal})  # noqa: S310
        try:
            with urlopen(request, timeout=30) as response:  # noqa: S310 - the address is the operator's own
                self.answer = json.load(response)["next"]
        except HTTPError as error:
            raise ConnectionError(f"the site answered {error.code}") from None

    def contradict(self, number):
        """Say something else under a number that was told; how many deliveries."""
        told = self.core.lines[number - 1]
        self.core.lines[number - 1] = told | {"channel": "telex"}
        self.carry(number, number)
        self.core.lines[number - 1] = told
        return 1

    def carry_all(self, first, last, *, faults=None):
        """Everything between two numbers; with faults some twice, out of order, too early or only later."""
        cuts = [*range(first, last + 1, SIZE), last + 1]
        spans = [(low, high - 1) for low, high in pairwise(cuts)]
        lost = []
        if faults is not None:
            spans, lost = spoiled(spans, faults)
        for span in [*spans, *lost]:
            self.carry(*span)
        return len(spans) + len(lost)


def spoiled(spans, random: Random):
    """(spans as they travel, spans that are lost on the way and sent again at the end)."""
    lost = [span for span in spans if random.random() < 0.15]
    travel = [span for span in spans if span not in lost]
    travel += [span for span in travel if random.random() < 0.25]
    random.shuffle(travel)
    return travel, lost
