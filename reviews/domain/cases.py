"""What a person may say about a case: which reasons belong to a verdict, and when a note is needed."""

REASONS = {
    "dismiss": ("explained", "minor", "data_error"),
    "watch": ("pattern", "first_sign"),
}
NEEDS_NOTE = frozenset({"watch"})


def objection(verdict: str, reason: str, note: str) -> str | None:
    """A code for what is wrong with a decision, or None where nothing is."""
    if verdict not in REASONS:
        return "verdict"
    if reason not in REASONS[verdict]:
        return "reason"
    if verdict in NEEDS_NOTE and not note.strip():
        return "note"
    return None
