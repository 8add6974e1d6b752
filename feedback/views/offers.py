"""Offers: the list, why one is or is not made, and what a borrower answers; holds, for risk alone."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from feedback.actions.loyalty import holds, offers
from feedback.filters import HoldFilter, OfferFilter
from feedback.forms import HoldForm
from feedback.models import Hold, Offer
from feedback.tables import HoldTable, OfferTable
from feedback.templatetags.loyalty import REASONS
from feedback.views.callers import sought
from servicing.actions import controls, privacy
from servicing.models import Borrower
from servicing.pages import ListPage, ask, right
from servicing.pages.verbs import back


class OfferList(ListPage):
    right = "offer.browse"
    table_class = OfferTable
    filterset_class = OfferFilter
    sort = ("-drawn_on", "-pk")
    borrower = "borrower"
    empty_icon = "gift"
    title = gettext_lazy("Offers")
    lead = gettext_lazy("To whom something is offered and what they answered. Who is held out is not listed.")
    empty_title = gettext_lazy("Nothing is offered to anybody yet")
    empty_text = gettext_lazy("Offers come with the first campaign that privacy approves.")

    def rows(self):
        return Offer.objects.visible_to(self.person, on=timezone.localdate()).for_offer_page()


def made(request, pk):
    """An offer of a borrower whom this person may open; of who is held out there is none."""
    on = timezone.localdate()
    seen = Borrower.objects.visible_to(request.user, on=on)
    rows = Offer.objects.made().filter(borrower__in=seen).for_offer_page()
    return get_object_or_404(rows, pk=pk)


@right("offer.view")
def offer_why(request, pk):
    """Why an offer is made or not at this moment, in plain words."""
    offer = made(request, pk)
    privacy.viewed(offer.borrower, by=request.user, at=timezone.now())
    found = offers.as_told(offers.reasons(offer, on=timezone.localdate()), request.user)
    return render(request, "feedback/offer_why.html", {"offer": offer, "reasons": found})


def answer(request, pk, verb, done):
    offer = made(request, pk)
    words = {code: REASONS[told] for code in REASONS for told in offers.as_told((code,), request.user)}
    about = {"refused": controls.NotAllowed, "words": words, "otherwise": _("Your role does not do this.")}
    ask(request, verb, done=done, offer=offer, **about)
    return back(request, "dossier", offer.borrower.reference)


@require_POST
@right("offer.answer")
def offer_accept(request, pk):
    return answer(request, pk, offers.accept, _("Noted: the borrower takes the offer."))


@require_POST
@right("offer.answer")
def offer_decline(request, pk):
    return answer(request, pk, offers.decline, _("Noted: the borrower does not want the offer."))


@require_POST
@right("offer.answer")
def offer_tell(request, pk):
    return answer(request, pk, offers.tell, _("Noted: the borrower has heard of it and thinks it over."))


class HoldList(ListPage):
    right = "hold.view"
    table_class = HoldTable
    filterset_class = HoldFilter
    sort = ("-pk",)
    borrower = "borrower"
    empty_icon = "hand"
    title = gettext_lazy("Holds on offers")
    lead = gettext_lazy(
        "Who is offered nothing until a day, because two people of risk said so. "
        "Customer service never sees why."
    )
    empty_title = gettext_lazy("Nobody is held")
    empty_text = gettext_lazy("A hold is asked for on the dossier of a borrower and confirmed by the lead.")

    def rows(self):
        return Hold.objects.visible_to(self.person, on=timezone.localdate()).for_hold_page()


def hold_words():
    return {
        "right": _("Your role does not do this."),
        "until": _("This day is over, or further away than a hold may last."),
        "held": _("This borrower is held already."),
        "waits": _("Another proposal about this waits already."),
        "over": _("This hold has ended already."),
    }


@right("hold.propose")
def hold_propose(request, reference):
    borrower, form = sought(request, reference), HoldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = holds.propose(
                borrower=borrower, by=request.user, at=timezone.now(), **form.cleaned_data
            )  # fmt: skip
        except controls.NotAllowed as refused:
            form.add_error(None, hold_words()[str(refused)])
        else:
            messages.success(request, _("Proposed. It waits for a second person."))
            return redirect("servicing:approval-detail", asked.pk)
    page = {"form": form, "borrower": borrower}
    return render(request, "feedback/hold_form.html", page, status=422 if form.is_bound else 200)


@right("hold.view")
def hold_detail(request, pk):
    on = timezone.localdate()
    hold = get_object_or_404(Hold.objects.visible_to(request.user, on=on).for_hold_page(), pk=pk)
    is_standing = Hold.objects.in_force(on=on).filter(pk=hold.pk).exists()
    return render(request, "feedback/hold_detail.html", {"hold": hold, "is_standing": is_standing})


@require_POST
@right("hold.confirm")
def hold_lift(request, pk):
    hold = get_object_or_404(Hold.objects.visible_to(request.user, on=timezone.localdate()), pk=pk)
    about = {"refused": controls.NotAllowed, "words": hold_words(), "otherwise": hold_words()["right"]}
    ask(request, holds.lift, done=_("Lifted. Offers may be made again."), hold=hold, **about)
    return redirect("feedback:hold-list")
