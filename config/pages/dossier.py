"""A borrower as one page: masked identity, what is known, what was thought, and one time axis."""

from datetime import datetime, time

from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reviews.domain.features import FEATURES
from reviews.models import Alert, Snapshot
from reviews.models import moments as reviews
from servicing.actions import periods, privacy
from servicing.models import Borrower, Settlement
from servicing.models import moments as servicing
from servicing.pages import right

# Everything that stands on the time axis, in the order in which moments of one day are read.
PARTS = (
    servicing.loans,
    servicing.failed_payments,
    servicing.settlements,
    reviews.alerts,
    reviews.decisions,
    servicing.looks,
)
IDENTITY = (("name", _("Full name")), ("phone", _("Phone")), ("national_id", _("National id")))


@right("borrower.view")
def dossier(request, reference):
    """Opening it leaves a trace, once per person, borrower and hour."""
    person, now = request.user, timezone.now()
    seen = Borrower.objects.visible_to(person, on=timezone.localdate(now))
    borrower = get_object_or_404(seen.select_related("source", "history"), reference=reference)
    privacy.viewed(borrower, by=person, at=now)
    loans = borrower.loans.for_loan_page().order_by("-disbursed_on", "-pk")
    ends = {row.loan_id: row for row in Settlement.objects.current().filter(borrower=borrower)}
    page = {
        "borrower": borrower,
        "history": getattr(borrower, "history", None),
        "identity": [
            {"field": field, "label": label, "may_reveal": person.may(f"reveal.{field}")}
            for field, label in IDENTITY
        ],
        "loans": [(loan, ends.get(loan.pk)) for loan in loans],
        "adverse_years": periods.value("adverse.years", on=timezone.localdate(now)),
        "moments": timeline(borrower, person),
    }
    # Customer service sees what a caller asks about, never what the house thinks of the caller.
    if person.may("case.view"):
        page |= judgement(borrower)
    return render(request, "pages/dossier.html", page)


def judgement(borrower):
    """The newest snapshot's features and the live alerts."""
    snapshot = Snapshot.objects.of(borrower).first()
    values = [(feature.code, getattr(snapshot, feature.code)) for feature in FEATURES] if snapshot else []
    return {
        "shows_judgement": True,
        "snapshot": snapshot,
        "features": values,
        "alerts": Alert.objects.live().filter(borrower=borrower).order_by("-priority", "pk"),
    }


def timeline(borrower, viewer):
    """All moments, newest first."""
    found = [moment for part in PARTS for moment in part(borrower, viewer)]
    return sorted(found, key=_order, reverse=True)


def _order(moment):
    # A day without an hour comes before the hours of that day.
    return moment.on, moment.at or timezone.make_aware(datetime.combine(moment.on, time.min))
