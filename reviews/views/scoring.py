"""The scorecard: its points as tables to be added up by hand, its versions, and the draft of the next one."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from reviews.actions import recheck, scoring
from reviews.domain.rules import BadRule
from reviews.forms import CardForm, CardTable, ProposeCardForm, card_objection
from reviews.models import Scorecard
from servicing.actions import controls
from servicing.models import Approval
from servicing.pages import right


def refusal(refused):
    """Why a verb about the card was refused, in words."""
    if isinstance(refused, BadRule):
        return card_objection(refused)
    return {
        "right": _("Your role does not do this."),
        "drafter": _("Somebody else is drafting the card; only they change their draft."),
        "unchanged": _("This is what the card in force says already."),
        "gone": _("There is nothing such to decide any more."),
        "waits": _("Another proposal about the card waits already."),
    }[str(refused)]


def waiting():
    return Approval.objects.waiting(at=timezone.now()).filter(kind="scorecard").first()


@right("rule.view")
def scorecard(request):
    versions = list(Scorecard.objects.for_card_page())
    row = next((version for version in versions if version.status == "active"), None)
    page = {
        "row": row,
        "card": row and row.as_card(),
        "versions": versions,
        "draft": next((version for version in versions if version.status == "draft"), None),
        "waiting": waiting(),
    }
    return render(request, "reviews/scorecard.html", page)


@right("rule.view")
def card_version(request, pk):
    return version_page(request, get_object_or_404(Scorecard.objects.for_card_page(), pk=pk))


def version_page(request, version, *, form=None, status=200):
    """One version beside the card in force, and its effect on the book; an officer proposes it here."""
    active = Scorecard.objects.active().first()
    is_active = active is not None and active.pk == version.pk
    page = {
        "version": version,
        "active": active,
        "told": (scoring.told(active), scoring.told(version)),
        "card": version.as_card(),
        "waiting": waiting(),
        "form": form or ProposeCardForm(),
    }
    if not is_active:
        page |= foreseen(version)
    return render(request, "reviews/card_version.html", page, status=status)


def foreseen(version):
    """What a version would make of the book; or why it cannot judge, such as for a feature that is gone."""
    try:
        return {"effect": recheck.effect(version.as_card(), at=timezone.now())}
    except BadRule as bad:
        return {"trouble": card_objection(bad)}


@require_POST
@right("rule.draft")
def card_propose(request, pk):
    version = get_object_or_404(Scorecard.objects.for_card_page(), pk=pk)
    form, at = ProposeCardForm(request.POST), timezone.now()
    if not form.is_valid():
        return version_page(request, version, form=form, status=422)
    try:
        effect = recheck.effect(version.as_card(), at=at)
        approval = scoring.propose(
            number=version.number, effect=effect, **form.cleaned_data, by=request.user, at=at
        )
    except (controls.NotAllowed, BadRule) as refused:
        form.add_error("purpose", refusal(refused))
        return version_page(request, version, form=form, status=422)
    messages.success(request, _("Proposed. It waits for a second person."))
    return redirect("servicing:approval-detail", approval.pk)


@right("rule.draft")
def card_draft(request):
    """The table of the draft, or of the card in force; its buttons change the table and keep nothing."""
    begun = Scorecard.objects.drafts().select_related("drafted_by").first()
    if request.method != "POST":
        begins = begun or Scorecard.objects.active().first()
        return table_page(request, CardForm(CardTable.of(begins and begins.as_card())), begun)
    table = CardTable.typed(request.POST)
    if "press" in request.POST:
        spot = table.press(request.POST["press"], another=request.POST.get("another", ""))
        return table_page(request, CardForm(table, spot=spot), begun)
    form = CardForm(table, is_sent=True)
    if form.is_valid():
        try:
            version = scoring.draft(**form.cleaned_data, by=request.user, at=timezone.now())
        except (controls.NotAllowed, BadRule) as refused:
            form.add_error(None, refusal(refused))
        else:
            messages.success(
                request, _("Kept as a draft. It judges nobody until a second person approves it.")
            )
            return redirect("reviews:card-version", version.pk)
    return table_page(request, form, begun, status=422)


def table_page(request, form, begun, *, status=200):
    return render(request, "reviews/card_form.html", {"form": form, "begun": begun}, status=status)


@require_POST
@right("rule.view")
def card_discard(request):
    try:
        scoring.discard(by=request.user, at=timezone.now())
        messages.success(request, _("The draft is discarded."))
    except controls.NotAllowed as refused:
        messages.error(request, refusal(refused))
    return redirect("reviews:scorecard")
