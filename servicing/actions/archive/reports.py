"""What is known to have gone out from a version of a settlement before it turned out to be wrong."""

from django.utils import timezone

from servicing.models import Export, LedgerEntry, PayoffStep


def reported(settlement):
    """[{what, name, on}] of its certificates, of steps done upon it and of files fetched with it;
    oldest first, as plain JSON.
    """
    found = [*certificates(settlement), *steps(settlement), *files(settlement)]
    return sorted(
        ({"what": what, "name": name, "on": on.isoformat()} for what, name, on in found),
        key=lambda one: (one["on"], one["what"], one["name"]),
    )


def certificates(settlement):
    """Issued from this version; what has become of each, its own row says."""
    for row in settlement.certificates.all():
        yield "certificate", row.number, timezone.localdate(row.issued_at)


def steps(settlement):
    """Done since the payoff, such as the record that was drafted; what was told before it is no report."""
    done = PayoffStep.objects.filter(
        loan=settlement.loan_id, version=settlement.version, status=PayoffStep.Status.DONE
    )
    for row in done.filter(done_on__gte=settlement.settled_on):
        yield "step", row.kind, row.done_on


def files(settlement):
    """Lists that held this version, each with the day on which it was first fetched."""
    for export in Export.objects.with_settlement(settlement):
        fetched = LedgerEntry.objects.about(export).filter(what="export.fetched").order_by("pk").first()
        if fetched:
            yield "file", str(export), timezone.localdate(fetched.at)
