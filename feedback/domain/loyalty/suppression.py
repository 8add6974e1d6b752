"""Why an offer is not made at a moment. Decided anew each time it would be shown or sent."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Situation:
    """All that decides; nothing of a bureau, no alert and no score is among it."""

    is_running: bool = True
    is_fresh: bool = True
    is_answered: bool = False
    is_held_out: bool = False
    is_restricted: bool = False
    has_opted_in: bool = True
    may_be_profiled: bool = True
    is_profiled: bool = False
    has_complaint: bool = False
    has_objection: bool = False
    # Placed by one person and confirmed by another; customer service never hears of it.
    is_held: bool = False
    was_told_another: bool = False
    has_budget: bool = True


# (code, whether it keeps the offer back), in the order in which reasons are told.
REASONS = (
    ("answered", lambda now: now.is_answered),
    ("held_out", lambda now: now.is_held_out),
    ("restricted", lambda now: now.is_restricted),
    ("no_opt_in", lambda now: not now.has_opted_in),
    ("no_profiling", lambda now: now.is_profiled and not now.may_be_profiled),
    ("complaint", lambda now: now.has_complaint),
    ("objection", lambda now: now.has_objection),
    ("not_now", lambda now: now.is_held),
    ("told_another", lambda now: now.was_told_another),
    ("not_running", lambda now: not now.is_running),
    ("expired", lambda now: not now.is_fresh),
    ("budget", lambda now: not now.has_budget),
)


def reasons(now: Situation) -> tuple[str, ...]:
    """All codes that keep an offer back at this moment; none where it may be made."""
    return tuple(code for code, keeps_back in REASONS if keeps_back(now))
