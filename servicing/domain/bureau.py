"""Objections to credit data: how far one is, their three legal endings, and what an ending needs."""

from datetime import date

# 征信业管理条例 art. 25. What is corrected or found right is in dispute no longer; what cannot be confirmed
# stays recorded beside the data, together with what was found.
ENDINGS = ("corrected", "no_error", "unconfirmed")
TAKES_THE_MARK_OFF = frozenset({"corrected", "no_error"})


def refusal(status: str, ending: str, findings: str, reply: str) -> str | None:
    """A code for what is wrong with an ending, or None where nothing is."""
    if status != "open":
        return "closed"
    if ending not in ENDINGS:
        return "ending"
    if not findings.strip():
        return "findings"
    if not reply.strip():
        return "reply"
    return None


def stage(on: date, *, received_on: date, due_on: date, pressing: int, alarm: int) -> str:
    """How far an open objection is: "fresh", "pressing", "alarm" or "overdue"."""
    age = (on - received_on).days
    if on > due_on:
        return "overdue"
    return "alarm" if age >= alarm else "pressing" if age >= pressing else "fresh"
