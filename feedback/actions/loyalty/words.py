"""What borrowers said of advertising: nobody is offered anything without having asked for it."""

from servicing.models import Consent

CHUNK = 10_000


def said_yes(ids, purpose, *, on):
    """Those of these borrowers whose newest word on a purpose allows it on a day."""
    rows = Consent.objects.filter(borrower__in=ids, purpose=purpose).order_by("borrower", "-given_on", "-pk")
    return {row.borrower_id for row in rows.distinct("borrower") if row.holds(on=on)}


def allowed(ids, *, is_profiled, on):
    """Those who opted in to offers and, where a campaign looks at them closer, to that too."""
    found: set = set()
    for start in range(0, len(ids), CHUNK):
        part = said_yes(ids[start : start + CHUNK], "marketing", on=on)
        found |= said_yes(list(part), "profiling", on=on) if is_profiled else part
    return found
