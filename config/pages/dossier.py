"""A borrower as one page: masked identity, what is known, what was thought, and one time axis."""

from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.pages.axis import axis
from reviews.actions import recheck, scoring
from reviews.domain.features import FEATURES
from reviews.models import Alert, RuleVersion, Settled
from reviews.tables.recheck import why
from servicing.actions import periods, privacy
from servicing.domain.periods import lapses
from servicing.models import Borrower, Observation, Settlement
from servicing.pages import right
from servicing.views.marketing import marketing_of
from servicing.views.processing import processing_of

IDENTITY = (("name", _("Full name")), ("phone", _("Phone")), ("national_id", _("National id")))

SENT = 10  # the newest messages to the borrower


@right("borrower.view")
def dossier(request, reference):
    """Opening it leaves a trace, once per person, borrower and hour."""
    person, now = request.user, timezone.now()
    seen = Borrower.objects.visible_to(person, on=timezone.localdate(now))
    borrower = get_object_or_404(seen.select_related("source", "history"), reference=reference)
    privacy.viewed(borrower, by=person, at=now)
    loans = list(borrower.loans.for_loan_page().order_by("-disbursed_on", "-pk"))
    # A changed filter asks for this part alone; going back in the browser asks for the whole page.
    if request.htmx and not request.htmx.history_restore_request:
        part = "pages/_days.html" if "more" in request.GET else "pages/_axis.html"
        return render(request, part, axis(borrower, person, loans, request.GET))
    ends = {row.loan_id: row for row in Settlement.objects.current().filter(borrower=borrower)}
    years = periods.value("adverse.years", on=timezone.localdate(now))
    page = {
        "borrower": borrower,
        "history": getattr(borrower, "history", None),
        "identity": [
            {"field": field, "label": label, "may_reveal": person.may(f"reveal.{field}")}
            for field, label in IDENTITY
        ],
        "loans": [(loan, ends.get(loan.pk)) for loan in loans],
        "adverse_years": years,
        "next_lapse_on": next_lapse(ends.values(), years=years, on=timezone.localdate(now)),
    }
    page |= axis(borrower, person, loans, request.GET)
    page["processing"] = processing_of(borrower, on=timezone.localdate(now))
    page["marketing"] = marketing_of(borrower, on=timezone.localdate(now))
    page["sent"] = borrower.messages.log()[:SENT]
    # Customer service sees what a caller asks about, never what the house thinks of the caller.
    if person.may("case.view"):
        page |= judgement(borrower, is_restricted=page["processing"]["restriction"] is not None)
    return render(request, "pages/dossier.html", page)


def next_lapse(ends, *, years, on):
    """The next day on which a lateness that still counts will count no more; None where none counts."""
    late = [lapses(end.settled_on, years) for end in ends if end.worst_dpd > 0 or end.days_late > 0]
    return min((day for day in late if day > on), default=None)


def judgement(borrower, *, is_restricted):
    """How the borrower stands and the live alerts; what came before a restriction is not current."""
    snapshot = None if is_restricted else recheck.standing_of(borrower)
    figures = snapshot.figures() if snapshot else {}
    look = recheck.watch(on=timezone.localdate())
    stands = Settled.objects.filter(pk=borrower.pk).for_coverage_page(look).first()
    return {
        "shows_judgement": True,
        "said": Observation.objects.readable(borrower, on=timezone.localdate()),
        "stands": stands and (look.part_of(stands), look.checked_on(stands), why(stands, look)),
        "snapshot": snapshot,
        "features": [(feature.code, figures[feature.code]) for feature in FEATURES if figures],
        "score": scoring.explained(snapshot),
        "rule_names": RuleVersion.objects.names(),
        "alerts": Alert.objects.live().filter(borrower=borrower).order_by("-priority", "pk"),
    }
