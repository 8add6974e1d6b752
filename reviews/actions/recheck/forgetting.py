"""Lets go of borrowers whose loans never were: an import is taken back."""

from reviews.models import Alert, Snapshot


def may_forget(*, borrowers):
    """Whether rechecks alone made what there is of these borrowers: no person has an alert before them."""
    return not Alert.objects.filter(borrower__in=borrowers).exclude(case=None).exists()


def forget(*, borrowers):
    """Remove what rechecks alone made of these borrowers; False, with nothing removed, where a person has one
    of their alerts before them. Runs in the caller's transaction.
    """
    if not may_forget(borrowers=borrowers):
        return False
    Alert.objects.filter(borrower__in=borrowers).delete()
    Snapshot.objects.filter(borrower__in=borrowers).delete()
    return True
