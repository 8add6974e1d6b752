"""`python -m tests.chaos.drive SEED`: one world, once calmly and once under faults drawn from the seed.

Prints which invariants do not hold, and ends with 1 where there is such a one.
"""

import json
import os
import random
import signal
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

if __name__ == "__main__":
    import django

    from config import embedded
    from config.embedded import postgres

    # What was said to be kept must be there after a crash, although no disk is waited for.
    postgres.THROWAWAY["synchronous_commit"] = "on"
    embedded.use(lasting=False)
    django.setup()

import redis
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Count, Max
from django.utils import timezone

from config.celery import app
from reviews.actions import recheck
from reviews.models import Alert
from servicing.actions import ledger, staff
from servicing.models import LedgerEntry, Run, Shard, Stamp
from tests.chaos.house import DATABASE, LEASE, House, die_with_parent
from tests.chaos.visits import Visits
from tests.chaos.world import World, digest, owner

# A lease, the half minute that is promised, and a minute for what is left to do on a busy machine.
PATIENCE = LEASE + 30 + 60
# How far the clock of one or the other may be ahead of the true one, or behind it.
SKEW = 600
# Whoever is asked to end in a deploy has so many seconds to finish what is begun.
DRAIN = 60


class Chaos:
    """The faults, each a method, and the schedule that mixes them with what happens in the world."""

    FAULTS = (
        "kill_worker", "kill_worker", "kill_hand", "kill_beat", "flush", "valkey_restart", "valkey_down",
        "kick", "kick", "crash_postgres", "shuffle", "shuffle", "freeze", "another_run",
        "kill_web", "kill_web", "kill_web_hand", "redeploy",
    )  # fmt: skip

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.world = World(self.rng)
        self.house = House(self.rng)
        self.workers, self.beats = self.rng.choice((1, 1, 2)), self.rng.choice((0, 1, 1, 3))
        self.faults = self.rng.sample(self.FAULTS, k=self.rng.randint(6, 8))
        self.skews = self.rng.choice(((0,), (0, SKEW), (0, -SKEW), (SKEW, -SKEW)))
        self.frozen, self.late, self.log, self.back = [], [], [], 0.0

    def schedule(self):
        """[(name, arguments)] in their order; what a client says twice, it says twice."""
        world = self.world
        acts = [(fault, ()) for fault in self.faults]
        acts += [("deliver", (span,)) for span in world.deliveries * 2]
        acts += [("ask", (number,)) for number in range(len(world.asked))]
        if world.has_deploy:
            acts.append(("deploy", ()))
        self.rng.shuffle(acts)
        return [("another_run", ()), *acts]

    def go_wrong(self):
        self.began = time.monotonic()
        self.visits = Visits(self.house.port)
        for kind, count in (("web", 1), ("worker", self.workers), ("beat", self.beats)):
            for _ in range(count):
                self.hire(kind)
        for name, arguments in self.schedule():
            self.log.append(f"{time.monotonic() - self.began:.1f} {name}{arguments or ''}")
            getattr(self, name)(*arguments)
            is_fact = name in ("deliver", "ask")
            time.sleep(self.rng.uniform(0, 0.1) if is_fact else self.rng.uniform(0.1, 0.4))

    def hire(self, kind):
        """Whoever works by the clock may have one that is ten minutes off, though not on another day."""
        ahead = self.rng.choice(self.skews) if kind != "web" else 0
        day = timezone.localdate(timezone.now() + timedelta(seconds=ahead))
        return self.house.hire(kind, ahead=ahead if day == self.world.today else -ahead)

    # What happens in the world, in spite of everything.

    def deliver(self, span):
        self.visits.deliver(self.world.core.delivery(*span))

    def ask(self, number):
        surely(lambda: self.world.ask(number))

    def deploy(self):
        """New rules come into force and new staff takes the place of the old one, while shards wait."""
        self.another_run()
        surely(self.world.deploy)
        self.redeploy()
        self.another_run()

    def another_run(self):
        day = self.world.today
        surely(lambda: recheck.start(as_of=day, by=staff.machine("clock"), at=timezone.now()))

    # Faults.

    def redeploy(self):
        """New staff comes, then the old one is asked to go, while people and the loan core use the site."""
        with self.a_crowd_at_the_door():
            for kind in ("web", "worker"):
                for old in list(self.house.staff[kind]):
                    new = self.hire(kind)
                    until = time.monotonic() + 30
                    while not self.house.hand_of(new) and time.monotonic() < until:
                        time.sleep(0.05)
                    if not self.house.retire(old, seconds=DRAIN):
                        self.late.append(kind)

    def kill_web(self):
        """The whole site goes while requests are in flight."""
        with self.a_crowd_at_the_door():
            self.house.kill(self.house.one("web"))
            self.hire("web")
            began = time.monotonic()
            self.visits.look()
            self.back = max(self.back, time.monotonic() - began)

    def kill_web_hand(self):
        with self.a_crowd_at_the_door():
            if hand := self.house.hand_of(self.house.one("web")):
                os.kill(hand, signal.SIGKILL)

    @contextmanager
    def a_crowd_at_the_door(self):
        """The loan core repeats itself, a person starts runs and looks at them, all at once for a moment."""
        rng, visits, world = self.rng, self.visits, self.world
        told = [world.core.delivery(*span) for span in rng.sample(world.deliveries, 2)]
        chosen = [surely(lambda: world.some_of_the_crowd(rng, 5)) for _ in range(2)]
        with ThreadPoolExecutor(6) as crowd:
            asked = [crowd.submit(visits.deliver, each) for each in told]
            for ids in chosen:
                token = f"t{len(visits.tokens)}-{len(asked)}-{rng.getrandbits(32)}"
                asked += [crowd.submit(visits.choose, token, ids)]
            asked += [crowd.submit(visits.look) for _ in range(2)]
            time.sleep(rng.uniform(0, 0.15))
            yield
        for each in asked:
            each.result()

    def kill_worker(self):
        self.house.kill(self.house.one("worker"))
        self.hire("worker")

    def kill_hand(self):
        if hand := self.house.hand_of(self.house.one("worker")):
            os.kill(hand, signal.SIGKILL)

    def kill_beat(self):
        if beat := self.house.one("beat"):
            self.house.kill(beat)

    def freeze(self):
        """A worker stands still for longer than its lease, then goes on as if nothing had been."""
        worker = self.house.one("worker")
        self.house.signal(worker, signal.SIGSTOP)
        self.hire("worker")
        # By itself: who stands still in the middle of a transaction may hold up whoever would wake it.
        thaw = threading.Timer(LEASE + 1, self.house.signal, (worker, signal.SIGCONT))
        thaw.start()
        self.frozen.append((thaw, worker))

    def thaw(self):
        for thaw, _worker in self.frozen:
            thaw.join()

    def flush(self):
        self.broker().flushall()

    def valkey_restart(self):
        self.house.valkey.stop()
        self.house.valkey.start()

    def valkey_down(self):
        self.house.valkey.stop()
        time.sleep(self.rng.uniform(2, 3))
        self.house.valkey.start()

    def kick(self):
        """Every connection to the database is cut."""
        with owner("postgres") as db:
            everybody = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s"
            db.execute(everybody, [DATABASE])

    def crash_postgres(self):
        self.house.crash_postgres()

    def shuffle(self):
        """Every message that waits is there five times, in any order; so is one of each kind."""
        for task in settings.NUDGES.values():
            app.send_task(task, kwargs={}, retry=False)
        broker = self.broker()
        waiting = [json.loads(text) for text in broker.lrange("celery", 0, -1)] * 5
        self.rng.shuffle(waiting)
        for message in waiting:
            message["properties"]["delivery_tag"] = str(uuid.UUID(int=self.rng.getrandbits(128)))
            broker.lpush("celery", json.dumps(message))

    def broker(self):
        return redis.Redis.from_url(settings.REDIS_URL)

    # Afterwards.

    def calm_down(self):
        """Thaw, see to it that there is a beat, and wait until all is quiet."""
        began = time.monotonic()
        self.thaw()
        if not self.house.staff["beat"]:
            self.hire("beat")
        until = began + PATIENCE + 10 * len(self.frozen)
        while time.monotonic() < until:
            if surely(self.world.is_quiet):
                break
            time.sleep(0.2)
        self.quiet_after = time.monotonic() - began
        self.gone = [
            kind for kind, staff in self.house.staff.items() for child in staff if not child.is_alive()
        ]
        self.house.everybody_out()
        time.sleep(0.3)

    def wrong(self, calm):
        """The invariants that do not hold, in words."""
        world, found = self.world, self.world.looks()
        poisoned = 1 if world.has_poison else 0
        for name in calm:
            if name != "portfolio" and found[name] != calm[name]:
                rows = [row for row in found[name] if row not in calm[name]]
                missing = [row for row in calm[name] if row not in found[name]]
                yield f"{name} differ from the calm world's: {rows[:3]} instead of {missing[:3]}"
        shards = Shard.objects.filter(run__kind=recheck.KIND)
        acts = LedgerEntry.objects.filter
        counts = dict(shards.values_list("status").annotate(n=Count("pk")))
        ended = counts.get("done", 0) + counts.get("quarantined", 0)
        checks = {
            "not quiet": world.is_quiet(),
            f"ended without having been killed: {self.gone}": not self.gone,
            f"shards not ended: {counts}": ended == shards.count(),
            "a shard was judged twice or never": acts(what="recheck.judged").count() == counts.get("done", 0)
            and not acts(what="recheck.judged").values("target_id").annotate(n=Count("pk")).filter(n__gt=1),
            "too many attempts": (shards.aggregate(most=Max("attempts"))["most"] or 0) <= 3,
            "a lease is left": not shards.exclude(leased_until=None).exists(),
            f"{world.stolen()} leases were taken before they ran out": not world.stolen(),
            f"did not end when asked: {self.late}": not self.late,
            f"the site answered {dict(self.visits.answers)}": not any(
                status >= 500 and status != 503 for status in self.visits.answers
            ),
            f"the site was away for {self.back:.1f} s": self.back < 30,
            f"runs of each form: {self.visits.runs()}": all(n == 1 for n in self.visits.runs()),
            "a run ended twice or never": acts(what="recheck.finished").count()
            == Run.objects.filter(kind=recheck.KIND).count(),
            "two runs of one day's slot": Run.objects.filter(slot=world.today.isoformat()).count() == 1,
            "set aside is not whom it should be": Stamp.objects.set_aside().count() == poisoned
            and shards.filter(status="quarantined").exclude(size=1).count() == 0,
            "the chain of the ledger is broken": ledger.verify()[1] is None,
            "an open alert is not in an open case": not Alert.objects.filter(status="open").exclude(
                case__status="open"
            ),
            "two live alerts of one rule": not Alert.objects.live().values("borrower", "rule").annotate(
                n=Count("pk")
            ).filter(n__gt=1),
        }  # fmt: skip
        yield from (words for words, holds in checks.items() if not holds)
        sums = Run.objects.filter(kind=recheck.KIND, params__as_of=str(world.today)).order_by("-pk")
        for run in sums:
            total = sum(shard.result["borrowers"] for shard in run.shards.filter(status="done"))
            if run.result.get("borrowers") != total:
                yield f"run {run} counts {run.result.get('borrowers')} of {total}"
        again = recheck.run(as_of=world.today, by=staff.machine("clock"), at=timezone.now()).result
        if any(again[name] for name in ("opened", "refreshed", "closed")):
            yield f"one more run still moves alerts: {again}"
        after = world.looks()["portfolio"]
        if after != calm["portfolio"]:
            more, less = set(after) - set(calm["portfolio"]), set(calm["portfolio"]) - set(after)
            yield f"the portfolio facts of one more run differ: {more} instead of {less}"


def surely(do, seconds=30):
    """Ask until the database answers, as whoever tells us something does."""
    until = time.monotonic() + seconds
    while True:
        try:
            return do()
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def main(seed):
    chaos = Chaos(seed)
    world = chaos.world
    world.build()
    calm = world.calmly()
    try:
        chaos.go_wrong()
        chaos.calm_down()
    finally:
        chaos.house.everybody_out()
    wrong = list(chaos.wrong(calm))
    print(
        f"seed {seed}: {world.size} borrowers, {chaos.workers} workers, {chaos.beats} beats, "
        f"{'poison' if world.has_poison else 'no poison'}, {'deploy' if world.has_deploy else 'no deploy'}, "
        f"clocks off by {sorted(set(chaos.skews))} s, faults {' '.join(chaos.faults)}; "
        f"answers {dict(chaos.visits.answers)}, {chaos.visits.cut} cut, the site back in {chaos.back:.1f} s; "
        f"quiet {chaos.quiet_after:.1f} s after the last; "
        f"looks {digest(calm)}; {'FAILED' if wrong else 'ok'}"
    )
    if wrong:
        print("\n".join([*chaos.log, "", *wrong]))
    return 1 if wrong else 0


if __name__ == "__main__":
    # Whoever is asked to end, or whose test is gone, sends everybody home first.
    die_with_parent(signal.SIGTERM)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("asked to end"))
    sys.exit(main(int(sys.argv[1])))
