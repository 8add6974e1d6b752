"""What may be done with a borrower's data: restricted, lifted, and consent noted on the dossier."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from servicing.actions import controls, processing
from servicing.forms import ConsentForm, LiftForm, RestrictForm
from servicing.models import Borrower, Consent, Restriction
from servicing.pages import ask, right


def refusals():
    return {
        "right": _("Your role may not do this."),
        "reason": _("Say in at least 10 characters what for."),
        "until": _("This day is over."),
        "days": _(
            "Consent is given today or before, not before the last word or its withdrawal, and ends later."
        ),
        "waits": _("Another proposal about this waits already."),
        "over": _("This restriction has ended already."),
    }


def processing_of(borrower, *, on):
    """What the dossier says of it, with the forms."""
    newest = Consent.objects.newest(borrower)
    restricted = borrower.restrictions.in_force(on=on).select_related("by")
    return {
        "restriction": restricted.first(),
        "consent": newest,
        "may_read": newest.holds(on=on) if newest else is_declared(borrower),
        "may_withdraw": newest is None or newest.withdrawn_on is None,
        "restrict_form": RestrictForm(auto_id="restrict_%s"),
        "lift_form": LiftForm(auto_id="lift_%s"),
        "consent_form": ConsentForm(auto_id="consent_%s", initial={"given_on": on}),
    }


def is_declared(borrower):
    """Whether a source that told of the borrower declares consent for it, or none has told anything.

    Source by source, as the recheck reads: see processing.MAY_BE_READ.
    """
    said = borrower.observations.filter(withdrawn_on=None)
    return said.filter(source__declares_consent=True).exists() or not said.exists()


def sought(request, reference):
    """The borrower, for whoever may open the dossier."""
    seen = Borrower.objects.visible_to(request.user, on=timezone.localdate())
    return get_object_or_404(seen, reference=reference)


def settled(request, verb, form, done, **about):
    """Do what a form of the dossier asks for, say what came of it, and go back there."""
    if form is not None and not form.is_valid():
        messages.error(request, " ".join(error for errors in form.errors.values() for error in errors))
    else:
        given = form.cleaned_data if form is not None else {}
        refused = (processing.NotAllowed, controls.NotAllowed)
        words = refusals()
        ask(
            request, verb, done=done, refused=refused, words=words, otherwise=words["right"], **about, **given
        )


@require_POST
@right("processing.restrict")
def processing_restrict(request, reference):
    borrower = sought(request, reference)
    done = _("Restricted: from now on the data is kept and no more.")
    settled(request, processing.restrict, RestrictForm(request.POST), done, borrower=borrower)
    return redirect("dossier", reference)


@require_POST
@right("processing.restrict")
def processing_lift(request, reference):
    """Ask a second person to end it."""
    borrower, on = sought(request, reference), timezone.localdate()
    row = Restriction.objects.in_force(on=on).filter(borrower=borrower).first()
    if row is None:
        messages.info(request, refusals()["over"])
    else:
        done = _("Proposed. It waits for a second person.")
        settled(request, processing.propose_lift, LiftForm(request.POST), done, restriction=row)
    return redirect("dossier", reference)


@require_POST
@right("consent.record")
def consent_give(request, reference):
    borrower = sought(request, reference)
    done = _("Noted: what others know of this borrower may be read.")
    settled(request, processing.consent, ConsentForm(request.POST), done, borrower=borrower)
    return redirect("dossier", reference)


@require_POST
@right("consent.record")
def consent_withdraw(request, reference):
    borrower = sought(request, reference)
    done = _("Noted: from now on nothing of what others know of this borrower is read.")
    settled(request, processing.withdraw, None, done, borrower=borrower)
    return redirect("dossier", reference)
