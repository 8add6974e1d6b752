"""One loan as a page: how it stands or ended, its plan and money, and what is to be done after its payoff."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from servicing import charts
from servicing.actions import feed, periods, privacy
from servicing.actions.archive import certificates, grades
from servicing.actions.archive.terms import Terms
from servicing.domain import archive
from servicing.domain.archive.arrears import days_past_due, merged
from servicing.forms import OverrideForm, RevokeForm, StepForm
from servicing.models import ClassOverride, Loan, Message, Payment, PayoffStep, Settlement
from servicing.models.archive.certificates import STATEMENTS, State
from servicing.pages import right

MONTHS = (24, 60)
REFUSALS = {
    "reason": gettext_lazy("Say in at least 10 characters why."),
    "settled": gettext_lazy("The loan was settled meanwhile: a settled loan is in no class."),
}


def visible_loan(request, pk):
    """The loan, or 404 for one that this person may not open."""
    loans = Loan.objects.visible_to(request.user, on=timezone.localdate())
    return get_object_or_404(loans.for_loan_page(), pk=pk)


@right("borrower.view")
def loan_detail(request, pk):
    return loan_page(request, visible_loan(request, pk))


def loan_page(request, loan, *, status=200, **forms):
    """The whole page; `forms` are those that were sent and refused."""
    privacy.viewed(loan.borrower, by=request.user, at=timezone.now())
    on = timezone.localdate()
    page = record(loan, request) | plan(loan, on=on) | after_payoff(loan, request.user, on=on)
    page |= grading(loan, page["standing"], on=on) | money(page["settlement"], page["payments"])
    page |= {"stale": feed.of_loan(loan, at=timezone.now())}
    unbound = {"step_form": StepForm(), "override_form": OverrideForm(on=on), "revoke_form": RevokeForm()}
    return render(request, "servicing/loan_detail.html", page | unbound | forms, status=status)


def record(loan, request):
    """How the loan ended, version by version, and its months as a strip."""
    versions = list(loan.settlements.order_by("-version"))
    current = next((row for row in versions if row.superseded_at is None), None)
    revoked = loan.certificates.exclude(revoked_at=None)
    months = MONTHS[1] if request.GET.get("months") == str(MONTHS[1]) else MONTHS[0]
    return {
        "loan": loan,
        "settlement": current,
        "versions": told(versions, set(revoked.values_list("number", flat=True))),
        "months": months,
        "spans": MONTHS,
        "strip": charts.months_of(current, months) if current else [],
        "legend": charts.LEGEND,
    }  # fmt: skip


def money(settlement, payments):
    """What settled the loan: what of it was money and whose, and what was waived; nothing where the payments
    do not add up to what was frozen.
    """
    sums = archive.by_origin(payments, until=settlement.settled_on) if settlement else {}
    if not settlement or sum(sums.values()) != settlement.paid:
        return {}
    waived, labels = sums.pop(Payment.Origin.WAIVER, 0), dict(Payment.Origin.choices)
    whose = [(labels[origin], amount) for origin, amount in sums.items()]
    return {"money": {"paid": sum(sums.values()), "waived": waived, "whose": whose}}


COMPARED = (
    "settled_on",
    "kind",
    "days_late",
    "worst_dpd",
    "times_late",
    "failed_payments",
    "paid",
    "overpaid",
)


@dataclass(frozen=True)
class Change:
    """One figure of a settlement that a later version says otherwise."""

    field: str
    before: object
    after: object


# What to do about what had gone out once the loan is open again.
COUNTER = {
    "certificate": gettext_lazy("Tell whoever holds it that it proves nothing any more."),
    "file": gettext_lazy("Tell whoever took it that this loan is open again."),
    "mandate": gettext_lazy("Let the loan core set the debit mandate up again."),
    "reminders": gettext_lazy("Let the loan core remind again of what falls due."),
    "refund": gettext_lazy("Look whether what was refunded is owed again."),
    "guarantor": gettext_lazy("Ask whether the guarantor stands for the loan again."),
    "record": gettext_lazy("Hold the credit record back, or correct it where it was reported."),
}


@dataclass(frozen=True)
class Gone:
    """What had gone out from a version before it was replaced; `what` is certificate, step or file."""

    what: str
    name: str
    on: date
    is_revoked: bool
    counter: str


def told(versions, revoked):
    """[(version, what it says otherwise than the end before it, what had gone out from the version before)],
    newest first; `revoked` are numbers of certificates.
    """
    lines: list[tuple] = []
    before = None
    for row in reversed(versions):
        # A version that closes repeats the figures of the one that it closes.
        is_end = row.kind != Settlement.Kind.REOPENED
        lines.append((row, changes(before, row) if before and is_end else [], gone_out(row, revoked)))
        before = row if is_end else before
    return lines[::-1]


def gone_out(version, revoked):
    """The steps are named in words, all else by its number."""
    kinds = dict(PayoffStep.Kind.choices)
    return [
        Gone(
            one["what"],
            kinds.get(one["name"], one["name"]),
            date.fromisoformat(one["on"]),
            one["name"] in revoked,
            str(COUNTER.get(one["name"] if one["what"] == "step" else one["what"], "")),
        )
        for one in version.reported
    ]


def changes(before, after):
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in COMPARED)
    return [Change(name, old, new) for name, old, new in pairs if old != new]


def plan(loan, *, on):
    """Instalments with their days, payments, pauses, and how the loan stands today."""
    terms = Terms.of(loan)
    in_force, pauses = [row for row in terms.plan if row.replaced_on is None], merged(terms.pauses)
    return paying_off(terms, on=on) | {
        "on": on,
        "standing": terms.standing(on=on),
        "instalments": [(row, days_past_due(row, row.cleared_on or on, pauses)) for row in in_force],
        "replaced": [row for row in terms.plan if row.replaced_on],
        "payments": terms.payments,
        "pauses": terms.pauses,
        "grace": sorted({row.grace_days for row in in_force}),
        "reminders": loan.reminders.order_by("-sent_at")[:5],
        "reminded": loan.reminders.count(),
        "guarantors": loan.guarantors.order_by("pk"),
    }  # fmt: skip


NO_QUOTE = {
    "rate": gettext_lazy("The loan core has not told the annual rate of this contract."),
    "replanned": gettext_lazy(
        "The plan was changed after the contract began: what of it is interest, only the loan core knows."
    ),
    "differs": gettext_lazy(
        "The plan that was sent is not what the annual rate makes by the conventions of the product."
    ),
}


def paying_off(terms, *, on):
    """What pays an open loan off today and how that is figured, or what is missing to know it and by which
    conventions it would be figured.
    """
    if terms.loan.status == Loan.Status.SETTLED:
        return {}
    try:
        return {"quote": terms.quote(on=on)}
    except archive.NotKnown as missing:
        return {"no_quote": NO_QUOTE[str(missing)], "conventions": terms.conventions}


def grading(loan, stands, *, on):
    """The class of an open loan, its limits, and the word of a person where there is one."""
    code, said = grades.grade_of(loan, dpd=stands.dpd, on=on)
    if code is None:
        return {}
    limits = grades.limits(on=on)
    return {
        "grade": ClassOverride.Grade(code),
        "computed": ClassOverride.Grade(archive.grade(stands.dpd, limits=limits)),
        "override": said,
        "overrides": loan.class_overrides.select_related("by").order_by("-at"),
        "class_limits": [(ClassOverride.Grade(grade).label, days) for grade, days in limits.items()],
    }


def told_of(loan, issued):
    """The messages that told the borrower of these certificates, newest first."""
    ours = Q()
    for certificate in issued:
        ours |= Q(key__startswith=certificates.sent_as(certificate))
    return Message.objects.filter(ours, borrower=loan.borrower_id).log()


@require_POST
@right("class.override")
def class_override(request, pk):
    """Another class than the days say, for a while and for a reason."""
    loan = visible_loan(request, pk)
    form = OverrideForm(request.POST, on=timezone.localdate())
    if not form.is_valid():
        return loan_page(request, loan, override_form=form, status=422)
    try:
        said = grades.override(loan=loan, by=request.user, at=timezone.now(), **form.cleaned_data)
    except grades.NotAllowed as refused:
        form.add_error("reason", REFUSALS.get(str(refused), REFUSALS["reason"]))
        return loan_page(request, loan, override_form=form, status=422)
    words = _("The class is %(grade)s until %(day)s. After that day the days past due decide again.")
    messages.success(request, words % {"grade": said.get_grade_display(), "day": said.until_on})
    return redirect("servicing:loan-detail", pk)


def after_payoff(loan, person, *, on):
    """The steps of the present payoff, and the certificates that were issued."""
    current = loan.settlements.current().first()
    steps = loan.steps.filter(version=current.version) if current else loan.steps.none()
    issued = loan.certificates.order_by("-pk").select_related("settlement", "issued_by", "revoked_by")
    return {
        "steps": steps.select_related("done_by").order_by("due_on", "pk"),
        "waiting_steps": [step.get_kind_display() for step in steps.open().order_by("due_on", "pk")],
        "steps_days": periods.value("payoff.steps_days", on=on),
        "certificates": issued,
        # Asked for again, the same one is given.
        "issued": next((row for row in issued if row.state == State.VALID), None),
        "may_issue": current is not None and person.may("certificate.issue"),
        "statement": STATEMENTS.get(current.kind) if current else "",
        "sent": told_of(loan, issued) if issued else [],
    }  # fmt: skip
