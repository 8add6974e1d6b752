"""The targets, and how the figures of one run stand to them, in words."""

PAGES = {"pages_p95_ms": "", "pages_busy_p95_ms": " during a full recheck"}


def words(found):
    """The figures for a person: each target with met, not met, or not measured."""
    ratios, again = found["ratios"], found["again"]
    rate = found["judged"] / found["seconds"]
    lines = [
        f"{found['judged']:,} of {found['borrowers']:,} borrowers judged in {found['seconds']:.2f} s by "
        f"{found['workers']} workers ({rate:,.0f} a second), in {found['seconds_one_worker']:.2f} s by one.",
        "All engines said the same of every borrower, in thirty-two columns.",
        "",
    ]
    lines += [f"{state:<13} {name:<4} {sentence}" for name, state, sentence in judged(found, ratios, again)]
    return "\n".join(lines)


def judged(found, ratios, again):
    """(name, "met", "not met" or "not measured", sentence) of each target."""
    event, incremental = found["event_p95_ms"], found["incremental"]
    small, large = found["memory_mb"]["tenth"], found["memory_mb"]["whole"]
    slowest = {kind: max(found[kind].items(), key=lambda each: each[1], default=("", None)) for kind in PAGES}
    grown = {name: large[name] / small[name] for name in ("worker_peak", "backend_private")}
    added = {name: large[f"{name}_peak"] - large[f"{name}_began"] for name in ("worker", "polars")}
    return [
        most("P1", ratios["duckdb_raw"], 1.8, "times as long as DuckDB from raw facts, without writing"),
        most("P2", ratios["duckdb_frozen"], 2.9, "times as long as DuckDB from frozen facts, the same"),
        least("P3", ratios["zen_table"], 24, "times as fast as a zen-engine table with the rules alone"),
        least("P3", ratios["zen_compiled"], 6.5, "times as fast as its compiled expressions"),
        least("P4", ratios["orm_naive"], 1300, "times as fast as the ORM one by one"),
        least("P4", ratios["orm_prefetch"], 90, "times as fast as the ORM with prefetching"),
        least("P5", ratios["polars"], 2, "times as fast as ADBC, Polars and back"),
        most("P5", added["worker"] / added["polars"], 1, "times the memory that it adds to its process"),
        most("P6", found["growth_exponent"], 1.05, "is the exponent of growth from a tenth of the borrowers"),
        most("P7", found["worker_peak_mb"], 150, "MiB are the most that a worker held"),
        most("P7", found["backend_private_mb"], 64, "MiB are the most that its backend held for itself"),
        most("P7", max(grown.values()), 1.1, "times the memory at a tenth of the borrowers"),
        most("P8", 100 * found["rules"]["share"], 10, "% of the processor time are rules and points"),
        most("P8", 100 * found["rules"]["more_at_100"], 15, "% more it would be with a hundred rules"),
        most("P9", event["idle"], 25, "ms from a fact to its alert, p95, idle"),
        most("P9", event["busy"], 100, "ms during a full recheck"),
        most("P9", event["broker"], 1000, "ms through the broker"),
        *(
            most("P10", slow, 100, f"ms is the p95 of the slowest page{PAGES[kind]}: {page}")
            for kind, (page, slow) in slowest.items()
        ),
        least("P11", incremental["speedup"], 8, "times as fast is a day of changes alone"),
        yes("P11", incremental["identical"], "a day of changes alone comes to the same as the whole"),
        yes("P12", again["rerun"], "a second run of the day changes nothing"),
        yes("P12", again["killed"], "a run whose workers were killed comes to the same"),
        most("P13", found["wal_bytes_per_borrower"], 350, "bytes of log a borrower"),
        most(
            "P13", incremental["wal_bytes_per_borrower"], 50, "bytes of log a borrower for a day of changes"
        ),
    ]


def most(name, value, limit, sentence):
    is_met = value is not None and value <= limit
    return name, state(value, is_met), said(value, sentence, f"at most {limit}")


def least(name, value, limit, sentence):
    is_met = value is not None and value >= limit
    return name, state(value, is_met), said(value, sentence, f"at least {limit}")


def yes(name, value, sentence):
    return name, state(value, bool(value)), sentence


def state(value, is_met):
    return "not measured" if value is None else "met" if is_met else "not met"


def said(value, sentence, limit):
    number = "—" if value is None else f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
    return f"{number} {sentence} ({limit})"
