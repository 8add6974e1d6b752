"""What borrowers said of advertising: nobody is offered anything without having asked for it."""

from servicing.actions import marketing

CHUNK = 10_000


def allowed(ids, *, is_profiled, on):
    """Those who opted in to offers and, where a campaign looks at them closer, to that too."""
    ask = marketing.may_be_profiled if is_profiled else marketing.may_be_marketed
    found: set = set()
    for start in range(0, len(ids), CHUNK):
        found |= ask(ids[start : start + CHUNK], on=on)
    return found
