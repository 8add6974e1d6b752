"""What is left of loyalty when an import is taken back."""

from feedback.models import Hold, Offer, Standing, TierChange


def may_forget(*, borrowers):
    """Whether the schedule alone made what there is of these borrowers: no draw, and no hold."""
    people = [model.objects.filter(borrower__in=borrowers).exists() for model in (Offer, Hold)]
    return not any(people)


def forget(*, borrowers):
    """Remove the tiers of these borrowers; False, with nothing removed, where more hangs on them.

    Runs in the caller's transaction.
    """
    if not may_forget(borrowers=borrowers):
        return False
    for model in (TierChange, Standing):
        model.objects.filter(borrower__in=borrowers).delete()
    return True
