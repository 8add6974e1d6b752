"""Tiers: what each asks, who stands where and why, who falls and when, and drafts of the rules."""

from datetime import timedelta

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from feedback.actions.loyalty import tiers
from feedback.domain.loyalty import BadCondition
from feedback.filters import StandingFilter
from feedback.forms import LadderForm, PurposeForm, objection
from feedback.models import Level, Standing, TierChange, TierDay, TierRules
from feedback.tables import StandingTable
from feedback.templatetags.loyalty import by_level
from feedback.views.callers import sought
from reviews.actions import cases
from servicing.actions import controls, periods
from servicing.models import Approval
from servicing.pages import ListPage, right
from servicing.templatetags.faces import day


def refusal(code):
    """Why a verb about tiers was refused, in words."""
    return {
        "right": _("Your role does not do this."),
        "drafter": _("Somebody else is drafting; only they change their draft."),
        "unchanged": _("This is what is in force already."),
        "gone": _("There is nothing such to decide any more."),
        "waits": _("Another proposal about this waits already."),
    }[code]


def tiers_page(request, *, form=None, status=200):
    """The rules in force beside the draft, how many stand where, and who falls next."""
    on, active = timezone.localdate(), TierRules.objects.for_tier_page().active().get()
    draft = TierRules.objects.for_tier_page().drafts().first()
    may_browse, page = request.user.may("tier.browse"), {}
    if may_browse:
        seen = Standing.objects.visible_to(request.user, on=on)
        counts, tomorrow = seen.by_level(), on + timedelta(days=1)
        page = {
            "levels": [(level, Level(level).label, counts.get(level, 0)) for level in reversed(Level.values)],
            "falling": seen.falling().count(),
            "tomorrow": tomorrow,
            "fall_tomorrow": seen.falling().filter(falls_on__lte=tomorrow).count(),
        }
    page |= {
        "active": active,
        "rungs": by_level(active.rungs),
        "draft": draft,
        "draft_rungs": by_level(draft.rungs) if draft else [],
        "day": TierDay.objects.order_by("-on", "-pk").first(),
        "cooldown": periods.value("tier.cooldown", on=on),
        "waiting": Approval.objects.waiting(at=timezone.now()).filter(kind="tiers").first(),
        "form": form or PurposeForm(),
        "older": [row for row in TierRules.objects.for_tier_page()[:10] if row.status == "retired"],
        "may_discard": draft and (draft.drafted_by == request.user or request.user.may("tier.approve")),
    }
    return render(request, "feedback/tier_list.html", page, status=status)


@right("tier.view")
def tier_list(request):
    return tiers_page(request)


@right("tier.draft")
def tier_draft(request):
    begins = TierRules.objects.drafts().first() or TierRules.objects.active().get()
    form = LadderForm(request.POST or None, initial=LadderForm.of(begins.rungs))
    if request.method == "POST" and form.is_valid():
        try:
            tiers.draft(**form.cleaned_data, by=request.user, at=timezone.now())
        except (controls.NotAllowed, BadCondition) as refused:
            words = objection(refused) if isinstance(refused, BadCondition) else refusal(str(refused))
            form.add_error(None, words)
        else:
            messages.success(
                request, _("Kept as a draft. It counts for nobody until a second person approves.")
            )
            return redirect("feedback:tier-list")
    return render(request, "feedback/tier_form.html", {"form": form}, status=422 if form.is_bound else 200)


@require_POST
@right("tier.draft")
def tier_propose(request):
    form = PurposeForm(request.POST)
    if not form.is_valid():
        return tiers_page(request, form=form, status=422)
    try:
        approval = tiers.propose(**form.cleaned_data, by=request.user, at=timezone.now())
    except controls.NotAllowed as refused:
        form.add_error("purpose", refusal(str(refused)))
        return tiers_page(request, form=form, status=422)
    messages.success(request, _("Proposed. It waits for a second person."))
    return redirect("servicing:approval-detail", approval.pk)


@require_POST
@right("tier.view")
def tier_discard(request):
    try:
        tiers.discard(by=request.user, at=timezone.now())
        messages.success(request, _("The draft is discarded."))
    except controls.NotAllowed as refused:
        messages.error(request, refusal(str(refused)))
    return redirect("feedback:tier-list")


class StandingList(ListPage):
    """Who stands where and why; the other tab, who falls and why, first to fall first."""

    right = "tier.browse"
    table_class = StandingTable
    filterset_class = StandingFilter
    template_name = "feedback/standing_list.html"
    borrower = "borrower"
    tabs = {"tab": ("falling",)}
    empty_icon = "medal"
    title = gettext_lazy("Who stands where")
    lead = gettext_lazy(
        "The tier of each borrower with the numbers that it is by. They are our own repayments alone."
    )
    empty_text = gettext_lazy("The schedule judges everybody who has settled a loan once a day.")

    @property
    def tab(self):
        return "falling" if self.request.GET.get("tab") == "falling" else ""

    @property
    def sort(self):  # type: ignore[override]
        return ("falls_on", "pk") if self.tab else ("-level", "pk")

    @property
    def empty_title(self):  # type: ignore[override]
        return _("Nobody falls") if self.tab else _("Nobody stands anywhere yet")

    def reachable(self):
        return Standing.objects.visible_to(self.person, on=timezone.localdate()).for_tier_page()

    def rows(self):
        return self.reachable().falling() if self.tab else self.reachable()

    def make_table(self, rows):
        hidden = ("since", "why") if self.tab else ("falls", "fall")
        return StandingTable(rows, request=self.request, exclude=hidden)


@right("offer.view")
def standing_why(request, reference):
    """Why this borrower stands where, in plain words, and what can be done about it."""
    borrower = sought(request, reference)
    restricted = borrower.restrictions.in_force(on=timezone.localdate()).exists()
    rows = Standing.objects.for_tier_page().filter(pk=borrower.pk)
    page = {
        "borrower": borrower,
        "restricted": restricted,
        "standing": None if restricted else rows.first(),
        "changes": []
        if restricted
        else TierChange.objects.filter(borrower=borrower).order_by("-on", "-pk")[:20],
    }
    return render(request, "feedback/standing_why.html", page)


@require_POST
@right("offer.answer")
def ask_for_person(request, reference):
    """The borrower wants a person to look at a tier or an offer: a case with its clock."""
    borrower = sought(request, reference)
    case = cases.ask_for_person(
        borrower=borrower, reference=borrower.reference, by=request.user, at=timezone.now()
    )  # fmt: skip
    done = _("A person will look at it until %(day)s; case %(case)s.")
    messages.success(request, done % {"day": day(case.due_on), "case": case})
    return redirect("feedback:standing-why", reference)
