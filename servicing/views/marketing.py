"""A borrower's word on advertising and surveys, noted on the dossier and during a call."""

from django.contrib import messages
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from servicing.actions import marketing
from servicing.forms import OptInForm, OptOutForm
from servicing.models import OptOut
from servicing.models.marketing import marketable
from servicing.pages import ask, right
from servicing.pages.verbs import back
from servicing.views.processing import sought


def marketing_of(borrower, *, on):
    """What a page says of it, with the form: for templates/servicing/_marketing.html."""
    noes = {no.purpose: no for no in OptOut.objects.in_force().about(borrower).order_by("at")}
    may = "marketing" not in noes and marketable(on=on).filter(pk=borrower.pk).exists()
    return {
        "may": may,
        "may_profile": may and marketable(on=on, profiled=True).filter(pk=borrower.pk).exists(),
        "noes": noes,
        "form": OptInForm(auto_id="opt_in_%s"),
    }


def noted(request, verb, form, done, borrower):
    """Do what a form asks for, say what came of it, and go back to where it stood."""
    if not form.is_valid():
        messages.error(request, " ".join(error for errors in form.errors.values() for error in errors))
        return back(request, "dossier", borrower.reference)
    ask(
        request,
        verb,
        done=done,
        refused=marketing.NotAllowed,
        words={
            "restricted": _("The data of this borrower is only kept: nothing new is asked or noted."),
            "unknown": _("The borrower has said no. Verify the caller before you note a yes on the phone."),
        },
        otherwise=_("Your role may not do this."),
        borrower=borrower,
        **form.cleaned_data,
    )
    return back(request, "dossier", borrower.reference)


@require_POST
@right("consent.record")
def marketing_off(request, reference):
    """One click ends it, in every queue."""
    done = _("Noted: nothing of this kind is sent any more, and what waited was withdrawn.")
    return noted(request, marketing.opt_out, OptOutForm(request.POST), done, sought(request, reference))


@require_POST
@right("consent.record")
def marketing_on(request, reference):
    done = _("Noted: the borrower wants to hear of offers.")
    return noted(request, marketing.opt_in, OptInForm(request.POST), done, sought(request, reference))
