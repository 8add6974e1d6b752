"""What an answer to a survey is worth as the voice of a customer."""

SCORES = range(1, 6)
# From this score on, words are meant kindly unless the customer says otherwise.
GOOD = 4


def kind_of(score: int, words: str, *, is_complaint: bool) -> str | None:
    """The kind of response that an answer becomes; None of a mere score, which asks for no reply.

    A low score is no complaint: only the customer says that something is one.
    """
    if not words.strip():
        return None
    if is_complaint:
        return "complaint"
    return "praise" if score >= GOOD else "suggestion"
