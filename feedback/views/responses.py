"""One response, and what is done about it."""

from functools import partial

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from feedback import forms
from feedback.actions import responses
from feedback.domain.responses import own_day
from feedback.models import FollowUp, Response
from feedback.models.improvements.obstacles import TELLING, obstacle_heard
from feedback.views.telling import telling_of
from servicing.actions import controls, privacy
from servicing.domain.archive import as_lettered
from servicing.domain.privacy import reference as borrower_reference
from servicing.models import Approval, Borrower
from servicing.pages import ask, keeps, right, typed_before
from servicing.templatetags.ledger import trail


def refusals():
    """Why a verb was refused, in words."""
    return {
        "right": _("Your role may not do this."),
        "closed": _("It is answered or merged already."),
        "owner": _("It is with a colleague, who does this, or a lead."),
        "person": _("This colleague does not answer customers."),
        "words": _("Say something."),
        "objection": _("An objection is answered by its record at the bureau desk."),
        "same": _("It cannot be merged into itself."),
        "kind": _("Only a complaint can be given more time, and only the same kind is merged."),
        "late": _("Its last day is over; more time must be given before."),
        "reason": _("Say in at least 10 characters what for."),
        "simple": _("Only a complex complaint can be given more time."),
        "extended": _("It has been given more time already."),
        "waits": _("Another proposal about this waits already."),
        "identified": _("It is somebody's already."),
        "days": _("From 1 to 60 working days."),
    }


def seen(request, reference):
    """By its reference whoever answers customers sees any response; an auditor those of the day's sample."""
    rows, on = Response.objects.for_detail_page(), timezone.localdate()
    if not request.user.may("response.answer"):
        rows = rows.visible_to(request.user, on=on).unrestricted(on=on)
    response = get_object_or_404(rows, reference=as_lettered("F", reference) or reference)
    if response.borrower:
        privacy.viewed(response.borrower, by=request.user, at=timezone.now())
    return response


def may_read(person, response, *, on):
    """Whether a person reads the words. Of a borrower whose data is only kept that is whoever looks after it,
    while it is open, and who restricts such data and answers for it.
    """
    if response.borrower is None or not response.borrower.restrictions.in_force(on=on).exists():
        return True
    is_own = response.status == Response.Status.OPEN and response.owner_id == person.pk
    return is_own or person.may("processing.restrict")


@right("response.view")
def response_detail(request, reference):
    return response_page(request, seen(request, reference))


def response_page(request, response, *, form=None, status=200):
    typed = {} if form else typed_before(request)
    person, on = request.user, timezone.localdate()
    may_act = response.status == Response.Status.OPEN and person.may("response.answer")
    may_act = may_act and (response.owner_id in (None, person.pk) or person.may("response.steer"))
    head = response.merged_into or response
    page = {
        "response": response,
        "head": head,
        "today": on,
        "may_act": may_act,
        "tells": response.kind in TELLING,
        "may_read": may_read(person, response, on=on),
        "own_day": own_day_of(response),
        "form": form or forms.AnswerForm(initial=typed),
        "typed": typed,
        "obstacle": obstacle_heard(response),
        "voices": response.voices.order_by("received_at", "pk"),
        "notes": response.notes.select_related("by").order_by("-pk"),
        "follow_ups": response.follow_ups.select_related("owner", "done_by").order_by("due_on", "pk"),
        "history": trail(response, 100),
        "extension": Approval.objects.filter(
            kind="extension", subject=f"response:{response.reference}", status=Approval.Status.WAITING
        ).first(),
    }
    if person.may("response.steer"):
        page["telling"] = telling_of(
            [head], on=on, action=reverse("feedback:response-tell", args=[head.reference])
        )
    if may_act:
        page |= verbs(response)
    return render(request, "feedback/response_detail.html", page, status=status)


def own_day_of(response):
    """The day of our own clock, beside that of a hotline."""
    limits = responses.limits(on=response.received_on)
    more = {"is_complex": response.is_complex, "is_extended": response.is_extended}
    return own_day(response.kind, response.received_on, limits=limits, **more)


def verbs(response):
    """The forms of what may be done, and open responses that may tell the same."""
    alike = Response.objects.unresolved().filter(kind=response.kind, where=response.where)
    return {
        "note_form": forms.NoteForm(auto_id="note_%s"),
        "promise_form": forms.PromiseForm(auto_id="promise_%s"),
        "hand_over_form": forms.HandOverForm(owner=response.owner_id, auto_id="hand_%s"),
        "merge_form": forms.MergeForm(auto_id="merge_%s"),
        "identify_form": forms.IdentifyForm(auto_id="identify_%s"),
        "complex_form": forms.ComplexForm(auto_id="complex_%s"),
        "extend_form": forms.ExtendForm(auto_id="extend_%s"),
        "alike": alike.exclude(pk=response.pk).in_line()[:5],
    }


def do(request, reference, verb, done, *, form=None, **about):
    """Do a verb that a form of the page asks for, say what came of it, and go back there."""
    if form is not None and not form.is_valid():
        messages.error(request, " ".join(error for errors in form.errors.values() for error in errors))
    else:
        given = form.cleaned_data if form is not None else {}
        refused, words = (responses.NotAllowed, controls.NotAllowed), refusals()
        act = partial(verb, **about, **given)
        ask(request, act, done=done, refused=refused, words=words, otherwise=words["right"])
    return redirect("feedback:response-detail", reference)


def page_of(reference):
    return reverse("feedback:response-detail", args=[reference])


@require_POST
@right("response.answer")
@keeps(page_of)
def response_answer(request, reference):
    response, form = seen(request, reference), forms.AnswerForm(request.POST)
    if not form.is_valid():
        return response_page(request, response, form=form, status=422)
    try:
        responses.answer(response=response, **form.cleaned_data, by=request.user, at=timezone.now())
    except responses.NotAllowed as refused:
        form.add_error("words", refusals()[str(refused)])
        return response_page(request, response, form=form, status=409)
    messages.success(request, _("Answered."))
    return redirect("feedback:response-detail", reference)


@require_POST
@right("response.answer")
def response_take(request, reference):
    return do(request, reference, responses.take, _("It is with you."), response=seen(request, reference))


@require_POST
@right("response.answer")
def response_hand_over(request, reference):
    response = seen(request, reference)
    form = forms.HandOverForm(request.POST, owner=response.owner_id)
    return do(request, reference, responses.hand_over, _("Handed over."), form=form, response=response)


@require_POST
@right("response.answer")
def response_note(request, reference):
    form, response = forms.NoteForm(request.POST), seen(request, reference)
    return do(request, reference, responses.note, _("Noted."), form=form, response=response)


@require_POST
@right("response.answer")
def response_promise(request, reference):
    form, response = forms.PromiseForm(request.POST), seen(request, reference)
    return do(request, reference, responses.promise, _("Promised."), form=form, response=response)


@require_POST
@right("response.answer")
def promise_done(request, pk):
    rows = FollowUp.objects.select_related("response")
    if not request.user.may("response.steer"):
        rows = rows.filter(owner=request.user)
    row = get_object_or_404(rows, pk=pk)
    response = seen(request, row.response.reference)
    return do(request, response.reference, responses.done, _("Done."), follow_up=row)


@require_POST
@right("response.answer")
def response_complex(request, reference):
    form, response = forms.ComplexForm(request.POST), seen(request, reference)
    return do(
        request, reference, responses.make_complex, _("Noted as complex."), form=form, response=response
    )


@require_POST
@right("response.extend")
def response_extend(request, reference):
    form, response = forms.ExtendForm(request.POST), seen(request, reference)
    done = _("Proposed. It waits for a second person.")
    return do(request, reference, responses.propose_extension, done, form=form, response=response)


@require_POST
@right("response.steer")
def response_merge(request, reference):
    response = seen(request, reference)
    other = as_lettered("F", request.POST.get("into", "")[:16])
    into = Response.objects.filter(reference=other).first()
    if into is None:
        messages.error(request, _("There is no response with this reference."))
        return redirect("feedback:response-detail", reference)
    done = _("Merged: it is answered together with %(reference)s.") % {"reference": into.reference}
    return do(request, reference, responses.merge, done, response=response, into=into)


@require_POST
@right("response.answer")
def response_identify(request, reference):
    response, on = seen(request, reference), timezone.localdate()
    form = forms.IdentifyForm(request.POST)
    wanted = borrower_reference(form.cleaned_data["reference"]) if form.is_valid() else ""
    borrower = Borrower.objects.visible_to(request.user, on=on).filter(reference=wanted).first()
    if borrower is None:
        messages.error(request, _("There is no borrower with this reference."))
        return redirect("feedback:response-detail", reference)
    done = _("Noted whose voice it is.")
    return do(request, reference, responses.identify, done, response=response, borrower=borrower)
