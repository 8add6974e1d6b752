"""One size: the engines side by side, round after round, and what is asked of the recheck alone.

No time is told before every engine has said the same of every borrower.
"""

import time
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median

from servicing.actions import archive
from tests.bench import orm, zenrules
from tests.bench.duck import Duck
from tests.bench.house import Helper, House, digests, morning, moves

# How much of a sample each engine that goes one by one gets in a round; about a second of each.
SAMPLES = {"orm_naive": 100, "orm_prefetch": 2000, "zen_table": 3000, "zen_compiled": 10_000}


class Differ(Exception):
    """Two engines say different things; nothing may be quoted."""


@dataclass
class Sheet:
    """Seconds of each engine, a number a round, for the whole portfolio; a sample's are scaled up to it."""

    borrowers: int = 0
    seconds: dict = field(default_factory=dict)
    cpu: dict = field(default_factory=dict)
    peaks: dict = field(default_factory=dict)
    wal: list = field(default_factory=list)

    def note(self, name, seconds, cpu=None):
        self.seconds.setdefault(name, []).append(seconds)
        if cpu is not None:
            self.cpu.setdefault(name, []).append(cpu)

    def note_run(self, name, found):
        self.note(name, found["seconds"], found["cpu"])
        for what in ("peak_mb", "private_mb"):
            self.peaks[what] = max(self.peaks.get(what, 0), found[what])
        self.wal.append(found["wal"])

    def median(self, name):
        return median(self.seconds[name]) if self.seconds.get(name) else None

    def times(self, name, other):
        """Median over the rounds of how long one took for each second of the other, in the same round."""
        pairs = zip(self.seconds.get(name, ()), self.seconds.get(other, ()), strict=False)
        found = [one / another for one, another in pairs]
        return median(found) if found else None


class Bench:
    def __init__(self, *, database, by, say):
        from reviews.actions import rules

        self.database, self.say, self.sheet = database, say, Sheet()
        self.ruleset, self.house = rules.current(), House(2, by)
        self.frame = self.duck = None

    def invite(self, folder):
        """The engines beside ours come in, with a folder of Parquet."""
        self.frame = Helper("tests.bench.frame", self.database)
        self.duck = Duck(folder)

    def opening(self, day):
        """A day that is not counted: the first opens every alert, and no night is like it."""
        found = self.house.judge(day, workers=2)
        self.sheet.borrowers = found["run"].result["borrowers"]
        self.say(f"{day}: {self.sheet.borrowers:,} borrowers judged; {moves(found['run'])}")

    def ours(self, day):
        """Everybody as of a day, by two workers; the run. What has lapsed since is brought up before it."""
        archive.rebuild_lapsed(on=day, by=self.house.by, at=morning(day))
        found = self.house.judge(day, workers=2, watched=True)
        self.sheet.note_run("ours", found)
        return found["run"]

    def round(self, day):
        """Everybody once as of a day, one after the other; then with one worker as of the next day."""
        run = self.ours(day)
        for name in ("raw", "frozen"):
            self.timed(f"duckdb_{name}", lambda n=name: self.duck.judge(n, day=day, ruleset=self.ruleset))
        self.timed("polars", lambda: self.ask_frame(day))
        self.same(day)
        self.sampled(day)
        alone = self.house.judge(day + timedelta(days=1), workers=1, watched=True)
        self.sheet.note_run("alone", alone)
        self.say(f"{day}: all engines agree; {moves(run)}")

    def timed(self, name, act, scale=1.0):
        began, spent = time.perf_counter(), time.process_time()
        found = act()
        seconds, cpu = time.perf_counter() - began, time.process_time() - spent
        self.sheet.note(name, seconds * scale, cpu * scale)
        return found

    def ask_frame(self, day):
        self.frame.ask(day)
        self.sheet.peaks["polars_mb"] = self.frame.answer()["peak_mb"]

    def same(self, day):
        """Cell by cell, thirty-two columns of every borrower."""
        self.duck.ours(database=self.database, day=day)
        self.duck.fetch_frame(database=self.database)
        for name in ("raw", "frozen", "polars"):
            if found := self.duck.difference(name):
                raise Differ(f"{name} as of {day}: {found}")

    def sampled(self, day):
        """The engines that go one by one, on some of the borrowers just judged."""
        ids = self.duck.sample(max(SAMPLES.values()))
        for name, act in (("orm_naive", orm.naive), ("orm_prefetch", orm.prefetching)):
            some = sorted(ids[: SAMPLES[name]])
            scale = self.sheet.borrowers / len(some)
            if found := self.timed(name, lambda a=act, s=some: a(s, day=day, ruleset=self.ruleset), scale):
                raise Differ(f"{name} as of {day}: {len(found)} borrowers")
        rows = self.duck.features(ids)
        for name, make in (("zen_table", zenrules.by_table), ("zen_compiled", zenrules.by_expressions)):
            fire, some = make(self.ruleset.rules), rows[: SAMPLES[name]]
            scale = self.sheet.borrowers / len(some)
            found = self.timed(name, lambda f=fire, s=some: [f(features) for features, _ in s], scale)
            masks = [sum(1 << int(number) - 1 for number in fired) for fired in found]
            if masks != [fired for _, fired in some]:
                raise Differ(f"{name} as of {day}")

    def again(self, day):
        """Whether a second run changes nothing, and one whose workers are killed comes to the same."""
        first = self.house.judge(day, workers=2)["run"]
        second = self.house.judge(day, workers=2)["run"]
        is_quiet = not any(moves(second).values()) and digests(first) == digests(second)
        killed = self.house.killed(day + timedelta(days=1))
        whole = self.house.judge(day + timedelta(days=1), workers=2)["run"]
        is_whole = not any(moves(whole).values()) and digests(killed) == digests(whole)
        is_same = killed.result["snapshots"] == whole.result["snapshots"]
        return {"rerun": is_quiet, "killed": is_whole and is_same}

    def end(self):
        self.house.end()
        if self.frame:
            self.frame.kill()


def told(bench):
    """What a size has to tell, as plain numbers."""
    sheet = bench.sheet
    ratios = {f"duckdb_{name}": sheet.times("ours", f"duckdb_{name}") for name in ("raw", "frozen")}
    ratios |= {name: sheet.times(name, "ours") for name in ("polars", *SAMPLES)}
    return {
        "borrowers": sheet.borrowers,
        "seconds": {name: sheet.median(name) for name in sheet.seconds},
        "rounds": {name: [round(each, 3) for each in found] for name, found in sheet.seconds.items()},
        "cpu": {name: median(found) for name, found in sheet.cpu.items()},
        "ratios": ratios if bench.duck else {},
        "worker_began_mb": bench.house.workers[0].ready["peak_mb"],
        "worker_peak_mb": sheet.peaks["peak_mb"],
        "backend_private_mb": round(sheet.peaks["private_mb"], 1),
        "polars_began_mb": bench.frame and bench.frame.ready["peak_mb"],
        "polars_peak_mb": sheet.peaks.get("polars_mb"),
        "wal_bytes_per_borrower": round(median(sheet.wal)),
    }
