"""Objections to credit data: the list by their clock, and one with its mark and its ending."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from servicing.actions import bureau, controls, periods, privacy
from servicing.domain.bureau import stage
from servicing.filters import ObjectionFilter
from servicing.forms import EndForm
from servicing.models import Approval, Objection
from servicing.pages import ListPage, keeps, right, typed_before
from servicing.tables import ObjectionTable
from servicing.templatetags.ledger import trail


def limits(*, on):
    """The ages at which an open objection is pressing and alarms."""
    return {name: periods.value(f"objection.{name}", on=on) for name in ("pressing", "alarm")}


class ObjectionList(ListPage):
    right = "objection.view"
    table_class = ObjectionTable
    filterset_class = ObjectionFilter
    sort = ("due_on", "pk")
    borrower = "borrower"
    title = gettext_lazy("Objections")
    lead = gettext_lazy(
        "Objections to credit data, first due first. The data is marked as in dispute from the first day, "
        "and the clock counts calendar days without a pause."
    )
    empty_icon = "scale"
    empty_title = gettext_lazy("No objection is here")
    empty_text = gettext_lazy("An objection that a customer raises on the caller page stands here at once.")

    def rows(self):
        return Objection.objects.visible_to(self.person, on=timezone.localdate()).for_list_page()

    def make_table(self, rows):
        on = timezone.localdate()
        return ObjectionTable(rows, on=on, **limits(on=on), request=self.request)


def seen(request, number):
    rows = Objection.objects.visible_to(request.user, on=timezone.localdate()).for_detail_page()
    objection = get_object_or_404(rows, number=number)
    privacy.viewed(objection.borrower, by=request.user, at=timezone.now())
    return objection


@right("objection.view")
def objection_detail(request, number):
    return objection_page(request, seen(request, number))


def objection_page(request, objection, *, form=None, status=200):
    person, on, typed = request.user, timezone.localdate(), {} if form else typed_before(request)
    is_open = objection.status == Objection.Status.OPEN
    dates = {"received_on": objection.received_on, "due_on": objection.due_on}
    page = {
        "objection": objection,
        "today": on,
        "stage": stage(on, **dates, **limits(on=on)) if is_open else "",
        "age": (on - objection.received_on).days,
        "alone": person.may("objection.close"),
        "may_end": is_open and (person.may("objection.close") or person.may("objection.propose")),
        "waiting": Approval.objects.filter(
            kind="objection", subject=f"objection:{objection.number}", status=Approval.Status.WAITING
        ).first(),
        "form": form or EndForm(initial=typed),
        "typed": typed,
        "history": trail(objection),
    }
    return render(request, "servicing/objection_detail.html", page, status=status)


def page_of(number):
    return reverse("servicing:objection-detail", args=[number])


@require_POST
@right("objection.view")
@keeps(page_of)
def objection_end(request, number):
    """Close it alone, or ask a second person."""
    objection, form, person = seen(request, number), EndForm(request.POST), request.user
    if not form.is_valid():
        return objection_page(request, objection, form=form, status=422)
    verb = bureau.end if person.may("objection.close") else bureau.propose_end
    try:
        verb(objection=objection, **form.cleaned_data, by=person, at=timezone.now())
    except controls.NotAllowed as refused:
        form.add_error(None, refusal(str(refused)))
        return objection_page(request, objection, form=form, status=409)
    done = _("Closed.") if verb is bureau.end else _("Proposed. It waits for a second person.")
    messages.success(request, done)
    return redirect("servicing:objection-detail", number)


def refusal(code):
    words = {
        "right": _("Your role may not do this."),
        "waits": _("Another proposal about this waits already."),
    }
    return words.get(code) or bureau.REFUSALS[code]
