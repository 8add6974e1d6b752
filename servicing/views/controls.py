"""The desk: what waits for a second person, one proposal, what may be proposed, and deputies."""

from datetime import timedelta

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from servicing.actions import controls, exports, intake, periods
from servicing.actions.controls import roles, thresholds
from servicing.domain.controls import close_pairs
from servicing.forms import DeputyForm, RefuseForm, RoleForm, ThresholdForm
from servicing.models import Approval, Deputy, Export, Staff
from servicing.pages import ListPage, right
from servicing.tables import ApprovalTable
from servicing.templatetags.controls import in_my_language
from servicing.templatetags.imports import built

PAIR_DAYS = 30


def refusal(code, kind=None):
    """Why a verb of the desk was refused, in words; some only a kind of proposal knows."""
    if kind and code in controls.kinds()[kind].refusals:
        return controls.kinds()[kind].refusals[code]
    return {
        "right": _("Your role does not decide this."),
        "second_person": _("You proposed this; somebody else must decide it."),
        "lapsed": _("This proposal has lapsed. It can be made again."),
        "own": _("Nobody proposes or grants the own role."),
        "same": _("The person has this role already."),
        "waits": _("Another proposal about this waits already."),
        "reason": _("Say why not."),
        "value": _("The value lies outside its limits."),
        "days": _("These days are past, end before they begin, or are more than %(most)s.")
        % {"most": periods.value("deputy.days", on=timezone.localdate())},
        "deputy": _("Only somebody of your team can stand in for you."),
        "overlap": _("You have a deputy on some of these days already."),
    }[code]


class ApprovalDesk(ListPage):
    """Three tabs: what waits for me, what I proposed, and everything I may see."""

    right = "approval.view"
    tabs = {"tab": ("mine", "all")}
    template_name = "servicing/approval_list.html"
    table_class = ApprovalTable
    title = gettext_lazy("Approvals")
    lead = gettext_lazy(
        "What one person proposes and another decides, exactly as it was shown. A proposal that nobody "
        "decides within one working day lapses."
    )
    empty_icon = "stamp"
    empty_title = gettext_lazy("Nothing waits here")
    empty_text = gettext_lazy("When something needs your approval, it stands here and on Today.")

    @property
    def tab(self):
        asked = self.request.GET.get("tab", "")
        return asked if asked in ("mine", "all") else "waiting"

    def rows(self):
        person, at = self.person, timezone.now()
        if self.tab == "mine":
            return Approval.objects.filter(proposed_by=person).for_desk_page()
        if self.tab == "all":
            return controls.visible_to(person, on=timezone.localdate(at)).for_desk_page()
        waiting = [row.pk for row in controls.waiting_for(person, at=at)]
        return Approval.objects.filter(pk__in=waiting).for_desk_page()

    def get_context_data(self, **kwargs):
        person, on = self.person, timezone.localdate()
        posts = Deputy.objects.current(on=on).order_by("from_on", "pk")
        if not person.may("approval.oversee"):
            posts = posts.about(person)
        form = DeputyForm(candidates=controls.candidates(person), initial={"from_on": on, "to_on": on})
        return super().get_context_data(
            **kwargs,
            batches=batches_for(person) if self.tab == "waiting" else [],
            posts=posts,
            deputy_form=form if person.may("deputy.appoint") else None,
            deputy_days=periods.value("deputy.days", on=on),
            pairs=pairs(on) if person.may("approval.oversee") else [],
            oversees=person.may("approval.oversee"),
        )


def batches_for(person):
    """Imports that wait for this person; they are decided on their own page, with their preview."""
    on = timezone.localdate()
    leads = controls.leads_of(person, on=on)
    return [
        one
        for one in intake.waiting(at=timezone.now())
        if controls.authority(person, "import.apply", on=on, proposer=one.batch.staged_by, leads=leads)
    ]


def pairs(on):
    """[(approver, proposer, of both, of the approver)] of those who agree too often."""
    approved = Approval.objects.approved_by_pair(since=timezone.now() - timedelta(days=PAIR_DAYS))
    percent, least = (periods.value(f"approval.pair_{name}", on=on) for name in ("percent", "least"))
    found = close_pairs(approved, percent=percent, least=least)
    people = Staff.objects.in_bulk({pk for pair in found for pk in pair[:2]})
    return [(people[one], people[other], count, total) for one, other, count, total in found]


@right("approval.view")
def approval_detail(request, pk):
    return approval_page(request, seen(request, pk))


def seen(request, pk):
    rows = controls.visible_to(request.user, on=timezone.localdate()).for_desk_page()
    return get_object_or_404(rows, pk=pk)


def approval_page(request, approval, *, form=None, status=200):
    """What is proposed, exactly as it is frozen, and for who may decide, the two buttons."""
    at, kind = timezone.now(), controls.kinds()[approval.kind]
    waits = approval.status == Approval.Status.WAITING and approval.lapses_at >= at
    whose = controls.decider(request.user, approval, on=timezone.localdate(at))
    now = controls.shown_now(approval) if waits else approval.shown
    page = {
        "approval": approval,
        "kind": kind,
        "shown": in_my_language(approval.shown),
        "is_open": kind.visible(request.user, approval),
        "shown_templates": [f"approvals/{approval.kind}.html", "approvals/plain.html"],
        "waits": waits,
        "is_current": not waits or controls.still_shown(approval, now=now),
        "deciders": controls.deciders(approval, on=timezone.localdate(at)) if waits else [],
        "may_decide": waits and whose is not None,
        "deputy_for": whose if whose != request.user else None,
        "is_ready": approval.status == Approval.Status.APPROVED
        and Export.objects.filter(approval=approval, by=request.user).exists(),
        "may_withdraw": waits and approval.proposed_by == request.user,
        "form": form or RefuseForm(),
    }
    if kind.guarded:
        page["left_out"] = exports.left_out(approval)
    if approval.kind == "undo":
        batch, found = intake.outcome(approval, now=now)
        page |= {"batch": batch, "built_on": [built(*row) for row in found]}
    return render(request, "servicing/approval_detail.html", page, status=status)


def decide(request, pk, verb, done, **given):
    """Do a verb of the desk and say what came of it; back to the proposal either way."""
    approval = seen(request, pk)
    try:
        verb(approval=approval, by=request.user, at=timezone.now(), **given)
    except controls.NotAllowed as refused:
        messages.error(request, refusal(str(refused), approval.kind))
    except controls.Changed:
        text = _("What you saw is no longer how it is. Nothing was approved; look again.")
        messages.error(request, text)
    except controls.AlreadyDecided as already:
        who = already.by or _("the schedule")
        messages.error(request, _("This was decided already, by %(who)s.") % {"who": who})
    else:
        messages.success(request, done)
    return redirect("servicing:approval-detail", pk)


@require_POST
@right("approval.view")
def approval_approve(request, pk):
    digest = request.POST.get("digest", "")
    return decide(request, pk, controls.approve, _("Approved, and done."), digest=digest)


@require_POST
@right("approval.view")
def approval_refuse(request, pk):
    form = RefuseForm(request.POST)
    if not form.is_valid():
        return approval_page(request, seen(request, pk), form=form, status=422)
    reason = form.cleaned_data["reason"]
    return decide(request, pk, controls.refuse, _("Refused. The proposer sees why."), reason=reason)


@require_POST
@right("approval.view")
def approval_withdraw(request, pk):
    return decide(request, pk, controls.withdraw, _("Withdrawn."))


@right("role.propose")
def role_propose(request):
    form = RoleForm(request.POST or None, by=request.user)
    return proposal(request, form, roles.propose_role, gettext_lazy("Propose a role"))


@right("threshold.propose")
def threshold_propose(request):
    form = ThresholdForm(request.POST or None, initial={"from_on": timezone.localdate()})
    return proposal(request, form, thresholds.propose_threshold, gettext_lazy("Propose a guarded setting"))


def proposal(request, form, verb, title):
    """A form that asks for a second person."""
    if request.method == "POST" and form.is_valid():
        try:
            approval = verb(**form.cleaned_data, by=request.user, at=timezone.now())
        except controls.NotAllowed as refused:
            form.add_error(None, refusal(str(refused)))
        else:
            messages.success(request, _("Proposed. It waits for a second person."))
            return redirect("servicing:approval-detail", approval.pk)
    status = 422 if form.is_bound else 200
    return render(request, "servicing/proposal_form.html", {"form": form, "title": title}, status=status)


@require_POST
@right("deputy.appoint")
def deputy_appoint(request):
    form = DeputyForm(request.POST, candidates=controls.candidates(request.user))
    if not form.is_valid():
        messages.error(request, _("Choose a deputy and the days."))
        return redirect("servicing:approval-list")
    person, at = request.user, timezone.now()
    try:
        controls.appoint(person=person, **form.cleaned_data, by=person, at=at)
        messages.success(request, _("Your deputy is appointed."))
    except controls.NotAllowed as refused:
        messages.error(request, refusal(str(refused)))
    return redirect("servicing:approval-list")


@require_POST
@right("approval.view")
def deputy_recall(request, pk):
    post = get_object_or_404(Deputy.objects.select_related("person", "deputy"), pk=pk)
    try:
        controls.recall(post=post, by=request.user, at=timezone.now())
        messages.success(request, _("The deputy is recalled."))
    except controls.NotAllowed as refused:
        messages.error(request, refusal(str(refused)))
    return redirect("servicing:approval-list")
