"""Lets go of borrowers whose loans never were: an import is taken back."""

from reviews.models import Alert, Snapshot


def forget(*, borrowers):
    """Remove what rechecks alone made of these borrowers; False, with nothing removed, where a person has one
    of their alerts before them. Runs in the caller's transaction.
    """
    found = Alert.objects.filter(borrower__in=borrowers)
    if found.exclude(case=None).exists():
        return False
    found.delete()
    Snapshot.objects.filter(borrower__in=borrowers).delete()
    return True
