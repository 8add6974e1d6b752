"""After a payoff: steps to tick, and the certificate that is issued, printed, revoked and verified."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from servicing.actions import archive, feed, periods, privacy, throttle
from servicing.actions import messages as outgoing
from servicing.actions.archive import certificates
from servicing.filters import StepFilter
from servicing.forms import RevokeForm, StepForm, VerifyForm
from servicing.models import Certificate, Loan, PayoffStep
from servicing.pages import ListPage, client_address, public, right
from servicing.pages.verbs import back
from servicing.tables import StepTable
from servicing.views.loans import loan_page, visible_loan
from servicing.views.messages import refusals as outgoing_refusals
from servicing.views.privacy import refusal


class StepList(ListPage):
    """What is open after payoffs; the work of customer service and risk, like tickets."""

    right = "payoff.tick"
    table_class = StepTable
    filterset_class = StepFilter
    sort = ("due_on", "pk")
    title = gettext_lazy("Steps after payoffs")
    lead = gettext_lazy("What is open after payoffs, what waits longest first. A step is ticked on its loan.")
    empty_icon = "list-checks"
    empty_title = gettext_lazy("Nothing is left to do")
    empty_text = gettext_lazy(
        "Steps come with the next payoff: mandates, reminders, refunds, guarantors, records."
    )

    def rows(self):
        return (
            PayoffStep.objects.open().visible_to(self.request.user, on=timezone.localdate()).for_today_page()
        )


@require_POST
@right("payoff.tick")
def step_tick(request, pk, kind):
    """One step is done; whoever was second is told, and nothing changes."""
    loan = visible_loan(request, pk)
    if kind not in PayoffStep.Kind.values:
        raise Http404
    form = StepForm(request.POST, since=loan.settled_on, today=timezone.localdate())
    if not form.is_valid():
        return loan_page(request, loan, step_form=form, step_kind=kind, status=422)
    step = archive.step_done(loan=loan, kind=kind, by=request.user, at=timezone.now(), **form.cleaned_data)
    if step is None:
        messages.warning(
            request, _("There is no such step any more: the settlement has changed. Look again.")
        )
    else:
        messages.success(request, next_step(loan, step))
    return redirect("servicing:loan-detail", pk)


def next_step(loan, step):
    """That it is done, and what comes next."""
    left = loan.steps.filter(version=step.version).open().order_by("due_on", "pk").first()
    done = _("Done: %(step)s.") % {"step": step.get_kind_display()}
    if left:
        return (
            done
            + " "
            + _("Next: %(step)s, by %(day)s.") % {"step": left.get_kind_display(), "day": left.due_on}
        )
    return done + " " + _("Nothing is left to do after this payoff.")


@require_POST
@right("certificate.issue")
def certificate_issue(request, pk):
    loan = visible_loan(request, pk)
    try:
        certificate, _code = certificates.issue(loan=loan, by=request.user, at=timezone.now())
    except certificates.NotAllowed:
        messages.error(request, _("A certificate is issued for a settled loan; this one is open."))
        return redirect("servicing:loan-detail", pk)
    return redirect("servicing:certificate", certificate.number)


@require_POST
@right("certificate.issue")
def certificate_send(request, pk):
    """Number and code to the borrower's phone, of the certificate that is valid or is issued now."""
    loan, at, words = visible_loan(request, pk), timezone.now(), outgoing_refusals()
    where = verify_at(request)
    try:
        certificate, _code = certificates.issue(loan=loan, by=request.user, at=at)
        certificates.send(certificate=certificate, verify_at=where, by=request.user, at=at)
    except certificates.NotAllowed:
        messages.error(request, _("A certificate is issued for a settled loan; this one is open."))
    except outgoing.NotAllowed as refused:
        messages.error(request, words.get(str(refused), words["right"]))
    else:
        told = _("Certificate %(number)s goes to the borrower's phone, once a day however often it is asked.")
        messages.success(request, told % {"number": certificate.number})
    return back(request, "servicing:loan-detail", pk)


def verify_at(request):
    """Where the public verifies a certificate."""
    return settings.VERIFY_AT or request.get_host() + reverse("servicing:verify")


@require_http_methods(["GET", "POST"])
@right("certificate.issue")
def certificate_page(request, number):
    """GET: the sheet with the name masked. POST: the sheet to be printed, which counts as a reveal."""
    certificate = the_certificate(request, number)
    privacy.viewed(certificate.loan.borrower, by=request.user, at=timezone.now())
    page = {
        "certificate": certificate,
        "loan": certificate.loan,
        "settlement": certificate.settlement,
        "lender": lender(certificate),
        "stale": feed.of_loan(certificate.loan, at=timezone.now()),
        "verify_at": verify_at(request),
    }
    if request.method == "POST":
        try:
            page["sheet"] = certificates.sheet(certificate=certificate, by=request.user, at=timezone.now())
        except certificates.NotAllowed:
            messages.error(request, _("This certificate is not valid any more, so it is not printed."))
        except privacy.NotAllowed as refused:
            messages.error(request, refusal(str(refused)))
    return render(request, "servicing/certificate.html", page)


@require_POST
@right("certificate.revoke")
def certificate_revoke(request, number):
    certificate = the_certificate(request, number)
    form = RevokeForm(request.POST)
    if form.is_valid():
        try:
            certificates.revoke(
                certificate=certificate, by=request.user, at=timezone.now(), **form.cleaned_data
            )
        except certificates.NotAllowed:
            form.add_error("reason", _("Say in at least 10 characters why."))
    if form.errors:
        return loan_page(request, certificate.loan, revoke_form=form, revoke_number=number, status=422)
    messages.success(
        request, _("Certificate %(number)s is revoked. Whoever verifies it is told so.") % {"number": number}
    )
    return redirect("servicing:loan-detail", certificate.loan_id)


def lender(certificate):
    """In whose name a certificate speaks."""
    return settings.LENDER or str(certificate.loan.source)


def the_certificate(request, number):
    """A certificate of a loan that this person may open."""
    loans = Loan.objects.visible_to(request.user, on=timezone.localdate())
    found = Certificate.objects.filter(loan__in=loans).select_related(
        "settlement", "issued_by", "revoked_by", "loan__borrower", "loan__product", "loan__source"
    )
    return get_object_or_404(found, number=number)


@public
@require_http_methods(["GET", "POST"])
def verify(request):
    """Anybody with the number and the code of a certificate is told what it is worth today."""
    form = VerifyForm(request.POST or None)
    page: dict = {"form": form}
    at = timezone.now()
    if form.is_bound and not throttle.knock("verify", client_address(request), at=at):
        page |= {"is_throttled": True, "minutes": periods.value("verify.minutes", on=at.date())}
        return render(request, "servicing/verify.html", page, status=429)
    if form.is_valid():
        shown = certificates.verify(**form.cleaned_data)
        page |= {"asked": True, "shown": shown, "lender": lender(shown.certificate) if shown else ""}
    return render(request, "servicing/verify.html", page)
