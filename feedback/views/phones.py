"""A caller has a new number: noted, shown for the call back, confirmed or dropped."""

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from feedback.forms import PhoneForm
from feedback.views.callers import sought
from servicing.actions import periods, phones, privacy
from servicing.pages import ask, right


def phone_refusals():
    return {
        "right": _("Your role may not do this."),
        "restricted": _("Processing of this borrower's data is restricted."),
        "unknown": _(
            "Verify the caller first: two of three must fit, not counting what you searched by or saw today."
        ),
        "phone": _("This is no mobile number of eleven digits."),
        "same": _("This is the number on file."),
        "second_person": _("You noted it; a colleague calls back and confirms it."),
        "over": _("This number does not wait any more."),
    }


def do_phone(request, reference, verb, done, **about):
    words = phone_refusals()
    ask(request, verb, done=done, refused=phones.NotAllowed, words=words, otherwise=words["right"], **about)
    return redirect("feedback:caller", reference)


@require_POST
@right("phone.note")
def phone_note(request, reference):
    borrower, form = sought(request, reference), PhoneForm(request.POST)
    phone = form.cleaned_data["phone"] if form.is_valid() else ""
    done = _("Noted. The number on file stays until a colleague has called the new one back.")
    return do_phone(request, reference, phones.note, done, borrower=borrower, phone=phone)


def changing(request, reference):
    """The number that waits for a borrower."""
    if change := phones.waiting(sought(request, reference)):
        return change
    raise Http404


@require_http_methods(["GET", "POST"])
@right("phone.confirm")
def phone_show(request, reference):
    """GET: the number that waits, masked. POST: in full for a minute, for the call back, or why not."""
    change, now = changing(request, reference), timezone.now()
    page = {"borrower": change.borrower, "change": change, "new_phone": phones.masked(change)}
    if request.method == "POST":
        try:
            page["plain"] = phones.show(change=change, by=request.user, at=now)
            page["seconds"] = periods.value("reveal.seconds", on=timezone.localdate(now))
        except privacy.NotAllowed as refused:
            page["refused"] = show_refusals()[str(refused)]
    return render(request, "feedback/_new_phone.html", page)


def show_refusals():
    words = phone_refusals()
    budget = _("You have used up your reveals for today. Your lead or the privacy officer can help.")
    return {"right": words["right"], "restricted": words["restricted"], "budget": budget}


@require_POST
@right("phone.confirm")
def phone_confirm(request, reference):
    change, done = changing(request, reference), _("Confirmed: this is the borrower's number from now on.")
    return do_phone(request, reference, phones.confirm, done, change=change)


@require_POST
@right("phone.note")
def phone_drop(request, reference):
    change = changing(request, reference)
    return do_phone(request, reference, phones.drop, _("Dropped: the number on file stays."), change=change)
