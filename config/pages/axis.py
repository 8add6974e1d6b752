"""One borrower's time axis: which moments, filtered by what stands in the URL, grouped by day."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import groupby

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback.models import moments as feedback
from feedback.models.loyalty import moments as loyalty
from reviews.models import moments as reviews
from servicing.models import moments as servicing
from servicing.models import sent

# Everything that stands on the time axis, in the order in which moments of one day are read.
PARTS = (
    servicing.loans,
    servicing.plans,
    servicing.reminders,
    servicing.payments,
    servicing.failed_payments,
    servicing.settlements,
    servicing.steps,
    servicing.certificates,
    servicing.guarantors,
    servicing.overrides,
    servicing.observations,
    reviews.alerts,
    reviews.decisions,
    loyalty.offers,
    loyalty.tiers,
    feedback.responses,
    sent.messages,
    sent.opt_outs,
    servicing.looks,
)
KINDS = (
    ("loan", _("Loans")),
    ("payment", _("Payments")),
    ("settlement", _("Settlements")),
    ("payoff", _("After payoffs")),
    ("reminder", _("Reminders")),
    ("grade", _("Classes")),
    ("observation", _("Outside data")),
    ("alert", _("Alerts")),
    ("decision", _("Decisions")),
    ("offer", _("Offers and tiers")),
    ("response", _("What the customer said")),
    ("message", _("Messages")),
    ("look", _("Who looked")),
)
LINES = 60  # on one page; a day is never cut
RUN = 3  # payments that came, one after the other, are folded from this number on


class AxisForm(forms.Form):
    """Which moments to show. No free text: what is typed about a borrower stands in no address."""

    show = forms.MultipleChoiceField(choices=KINDS, required=False)
    loan = forms.TypedChoiceField(label=_("loan"), required=False, coerce=int, empty_value=None)
    since = forms.DateField(
        label=_("on or after"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("on or before"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    # The newest day of this page: a moment that comes meanwhile shifts nothing.
    upto = forms.DateField(required=False)

    def __init__(self, *args, loans, **kwargs):
        super().__init__(*args, **kwargs)
        numbers = [(str(loan.pk), loan.external_id) for loan in loans]
        self.fields["loan"].choices = [("", _("all loans")), *numbers]  # type: ignore[attr-defined]

    def chosen(self, name):
        """The cleaned value, or None where nothing usable was given."""
        self.is_valid()
        return getattr(self, "cleaned_data", {}).get(name) or None


@dataclass(frozen=True)
class Fold:
    """Payments that came one after the other, newest first, as one line that opens."""

    moments: list

    @property
    def on(self):
        return self.moments[0].on

    @property
    def first_on(self):
        return self.moments[-1].on

    @property
    def total(self):
        return sum((moment.amount for moment in self.moments), Decimal(0))

    @property
    def currency(self):
        return self.moments[0].currency


def timeline(borrower, viewer):
    """All moments, newest first."""
    found = [moment for part in PARTS for moment in part(borrower, viewer)]
    return sorted(found, key=_order, reverse=True)


def _order(moment):
    # A day without an hour comes before the hours of that day.
    return moment.on, moment.at or timezone.make_aware(datetime.combine(moment.on, time.min))


def axis(borrower, viewer, loans, query):
    """What the axis part of the page shows: form, toggles with counts, days, and the link to earlier days."""
    form = AxisForm(query or None, loans=loans)
    everything = timeline(borrower, viewer)
    found = [moment for moment in everything if _fits(moment, form)]
    shown, upto = form.chosen("show") or [], form.chosen("upto")
    kinds = {moment.kind for moment in everything}
    counts = Counter(moment.kind for moment in found)
    moments = [moment for moment in found if not shown or moment.kind in shown]
    # Whoever asks for nothing but payments wants to see each of them.
    page = [moment for moment in moments if upto is None or moment.on <= upto]
    days, left = by_day(page if shown == ["payment"] else folded(page))
    return {
        "axis_form": form,
        "toggles": [
            {"code": code, "label": label, "count": counts[code], "is_on": code in shown}
            for code, label in KINDS
            if code in kinds
        ],
        "moments": moments,
        "days": days,
        "earlier": address(query, upto=left.isoformat()) if left else "",
        "is_narrowed": bool(shown) or any(form.chosen(name) for name in ("loan", "since", "until")),
        "newest": address(query) if upto else "",
    }


def _fits(moment, form):
    loan, since, until = (form.chosen(name) for name in ("loan", "since", "until"))
    return (
        (loan is None or moment.loan_id == loan)
        and (since is None or moment.on >= since)
        and (until is None or moment.on <= until)
    )


def address(query, **changed):
    """The same filters, at another place of the axis."""
    kept = query.copy()
    for name in ("upto", "more"):
        kept.pop(name, None)
    kept.update(changed)
    return f"?{kept.urlencode()}"


def by_day(lines):
    """([(day, lines)] of one page, the day with which the next one begins or None after the last one)."""
    days: list[tuple[date, list]] = []
    seen, reached = 0, date.max
    for day, group in groupby(lines, key=lambda line: line.on):
        # A fold reaches back over days; the page goes on while one of them is still to come.
        if seen >= LINES and day < reached:
            return days, day
        days.append((day, list(group)))
        seen += len(days[-1][1])
        reached = min(getattr(line, "first_on", line.on) for line in days[-1][1])
    return days, None


def folded(moments):
    """The same moments, with each run of payments that came as one Fold."""
    lines: list = []
    for currency, group in groupby(moments, key=lambda moment: moment.currency if moment.is_quiet else None):
        run = list(group)
        if currency is not None and len(run) >= RUN:
            lines.append(Fold(run))
        else:
            lines += run
    return lines
