"""Somebody is on the line: found, verified without showing, heard, all on one page."""

from datetime import datetime, time

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from feedback.actions import responses
from feedback.forms import FindForm, LogForm, PhoneForm, VerifyForm
from feedback.models import Response
from servicing.actions import calls, periods, phones, privacy
from servicing.domain.archive import as_lettered
from servicing.models import Borrower, Certificate, Instalment, Loan, Settlement
from servicing.pages import keeps, right, typed_before
from servicing.views.marketing import marketing_of

FIELDS = (
    ("name", gettext_lazy("Full name")),
    ("national_id", gettext_lazy("National id")),
    ("phone", gettext_lazy("Phone")),
)


@right("response.log")
def caller_home(request):
    """Where a call begins: exactly what the caller names, by POST so that it stands in no address."""
    person, on = request.user, timezone.localdate()
    page: dict = {"today": on}
    if request.method == "POST":
        form = FindForm(request.POST)
        text = form.cleaned_data["text"] if form.is_valid() else ""
        if reference := as_lettered("F", text):
            return redirect("feedback:response-detail", reference)
        found = privacy.search(text, by=person, at=timezone.now()) if text else []
        if len(found) == 1:
            return redirect("feedback:caller", found[0].reference)
        page |= {"found": found, "was_asked": bool(text)}
    page["mine"] = Response.objects.owned_by(person).for_list_page().in_line()[:8]
    page["overdue"] = Response.objects.owned_by(person).overdue(on=on).count()
    return render(request, "feedback/caller_home.html", page)


def sought(request, reference):
    """The borrower on the line; opening the page counts as opening a borrower."""
    rows = Borrower.objects.visible_to(request.user, on=timezone.localdate()).select_related("source")
    borrower = get_object_or_404(rows, reference=reference)
    privacy.viewed(borrower, by=request.user, at=timezone.now())
    return borrower


@right("response.log")
def caller(request, reference):
    return caller_page(request, sought(request, reference))


def caller_page(request, borrower, *, form=None, status=200, **more):
    person, now, typed = request.user, timezone.now(), {} if form else typed_before(request)
    on = timezone.localdate(now)
    said = Response.objects.of(borrower).select_related("merged_into")
    page = {
        "borrower": borrower,
        "today": on,
        "restriction": borrower.restrictions.in_force(on=on).first(),
        "loans": standing(borrower, on=on),
        "open": said.unanswered(),
        "past": said.exclude(pk__in=said.unanswered())[:5],
        "typed": typed,
        "form": form or LogForm(initial=typed, loans=loans_of(borrower)),
        "change": phones.waiting(borrower),
        "marketing": marketing_of(borrower, on=on),
        "phone_form": PhoneForm(auto_id="phone_%s"),
        **verification(borrower, by=person, at=now),
        **more,
    }
    if page["change"]:
        page["new_phone"] = phones.masked(page["change"])
    return render(request, "feedback/caller.html", page, status=status)


def loans_of(borrower):
    return Loan.objects.filter(borrower=borrower).order_by("-disbursed_on", "-pk")


def standing(borrower, *, on):
    """[(loan, how it ended or None, the oldest unpaid instalment, its days late, valid certificate)]."""
    loans = list(loans_of(borrower).select_related("product"))
    ends = {row.loan_id: row for row in Settlement.objects.current().filter(borrower=borrower)}
    unpaid = Instalment.objects.in_force().filter(loan__borrower=borrower, cleared_on=None)
    owed = {row.loan_id: row for row in unpaid.order_by("loan", "due_on").distinct("loan")}
    papers = Certificate.objects.filter(loan__borrower=borrower, revoked_at=None).order_by("pk")
    valid = {row.loan_id: row for row in papers}
    found = []
    for loan in loans:
        due = owed.get(loan.pk) if loan.pk not in ends else None
        late = max((on - due.due_on).days, 0) if due else 0
        found.append((loan, ends.get(loan.pk), due, late, valid.get(loan.pk)))
    return found


def verification(borrower, *, by, at):
    """How the call stands, and its form."""
    call = calls.standing(borrower, by=by, at=at)
    return {
        "call": call,
        "checks": [(label, field in call.matched) for field, label in FIELDS],
        "verify_form": VerifyForm(auto_id="verify_%s"),
        "tries": periods.value("caller.tries", on=timezone.localdate(at)),
    }


@require_POST
@right("caller.verify")
def caller_verify(request, reference):
    """Match or not, field by field; what was typed comes back to nobody."""
    borrower, now, form = sought(request, reference), timezone.now(), VerifyForm(request.POST)
    said = form.cleaned_data if form.is_valid() else {}
    answer: dict = {}
    try:
        found = calls.verify(borrower=borrower, said=said, by=request.user, at=now)
        answer["answers"] = [(label, found[field]) for field, label in FIELDS if field in found]
    except calls.NotAllowed as refused:
        answer["refused"] = str(refused)
    answer |= verification(borrower, by=request.user, at=now)
    if request.htmx:
        return render(request, "feedback/_verify.html", {"borrower": borrower, **answer})
    return caller_page(request, borrower, **answer)


def page_of_caller(reference=""):
    return reverse("feedback:caller", args=[reference]) if reference else reverse("feedback:caller-log")


@right("response.log")
@keeps(page_of_caller)
def caller_log(request, reference=""):
    """Log what a caller says; of somebody unknown on a page of its own."""
    borrower = sought(request, reference) if reference else None
    loans = loans_of(borrower) if borrower else Loan.objects.none()
    if request.method != "POST":
        if borrower:
            return redirect("feedback:caller", reference)
        typed = typed_before(request)
        return unknown_page(request, LogForm(initial=typed, loans=loans), typed=typed)
    form = LogForm(request.POST, loans=loans)
    row = logged(request, form, borrower) if form.is_valid() else None
    if row is None:
        if borrower:
            return caller_page(request, borrower, form=form, status=422)
        return unknown_page(request, form, status=422)
    messages.success(request, what_to_say(row))
    if borrower is None:
        return redirect("feedback:response-detail", row.reference)
    return redirect("feedback:caller", reference)


def unknown_page(request, form, *, typed=None, status=200):
    return render(request, "feedback/caller_log.html", {"form": form, "typed": typed}, status=status)


def logged(request, form, borrower):
    """The response, or None with the form saying why not."""
    now, day = timezone.now(), form.cleaned_data["received_on"]
    received_at = now
    if day and day != timezone.localdate(now):
        received_at = timezone.make_aware(datetime.combine(day, time(12)))
    try:
        return responses.log(
            **form.said(), borrower=borrower, received_at=received_at, by=request.user, at=now
        )
    except responses.NotAllowed as refused:
        if str(refused) == "key":
            form.data = form.data.copy()
            form.data["key"] = ""  # the page writes a new one
        field, words = WRONG[str(refused)]
        form.add_error(field, words)
        return None


# Why a voice is not logged, with the field that shows it.
WRONG = {
    "right": (None, gettext_lazy("Your role may not do this.")),
    "words": ("words", gettext_lazy("Say something.")),
    "loan": ("loan", gettext_lazy("This loan is somebody else's.")),
    "instalment": ("instalment", gettext_lazy("The loan has no such instalment.")),
    "authority": ("authority", gettext_lazy("Who speaks for another needs an authority.")),
    "received": ("received_on", gettext_lazy("This day has not come yet.")),
    "hotline": ("hotline_number", gettext_lazy("A case of a hotline has a hotline and its number.")),
    "number": ("hotline_number", gettext_lazy("A number of letters, digits and _ . : - that is nobody's.")),
    "key": (None, gettext_lazy("This form has told something else already. Send it again as a new voice.")),
    "known": ("hotline_number", gettext_lazy("This case of the hotline is logged already.")),
}


def what_to_say(row):
    """The reference and the day, for the caller."""
    given = {"reference": row.reference, "day": row.due_on}
    if row.due_on is None:
        return _("Logged as %(reference)s. Thank the caller.") % given
    return _("Logged as %(reference)s. Tell the caller the number, and that we answer by %(day)s.") % given
