"""The rules in words, how often they fire, drafts beside them, and the lead's release of a held one."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from reviews.actions import alerts, recheck, rules
from reviews.domain.features import FEATURES
from reviews.forms import NewRuleForm, ProposeForm, ReleaseForm, RuleForm, objection
from reviews.models import Alert, Case, Edition, Rule, RuleHold, RuleVersion
from servicing.actions import controls
from servicing.models import Approval
from servicing.pages import right


def refusal(code):
    """Why a verb about rules was refused, in words."""
    return {
        "right": _("Your role does not do this."),
        "drafter": _("Somebody else is drafting this rule; only they change their draft."),
        "unchanged": _("This is what the rule in force says already."),
        "full": _("All 127 numbers of rules are taken."),
        "gone": _("There is nothing such to decide any more."),
        "waits": _("Another proposal about this rule waits already."),
    }[code]


def described():
    """(newest finished run, each rule with its version in force, draft, hits, live alerts and hold)."""
    run = recheck.whole_runs().order_by("-params__as_of", "-pk").first()
    result = run.result if run else {}
    editions = Edition.objects.filter(pk__in=result.get("editions", [1]))
    judged = {pk for edition in editions for pk in edition.versions}
    holds = {hold.rule: hold for hold in RuleHold.objects.current().select_related("released_by")}
    live: dict = {}
    for rule, status, number in Alert.objects.live().by_rule():
        live.setdefault(rule, {})[status] = number
    versions: dict = {}
    for version in RuleVersion.objects.for_rule_page():
        versions.setdefault(version.rule.code, []).append(version)
    return run, [
        standing(known, judged)
        | {
            "fired": result.get("fired", {}).get(code, 0),
            "borrowers": result.get("borrowers", 0),
            "hold": holds.get(code),
            "live": live.get(code, {}),
        }
        for code, known in versions.items()
    ]


def standing(known, judged):
    """What is in force of a rule, whether the newest run judged by it, and what is drafted beside it."""
    by_status = {version.status: version for version in reversed(known)}
    active, draft = by_status.get("active"), by_status.get("draft")
    return {
        "rule": active or known[0],
        "active": active,
        "is_judged": active is not None and active.pk in judged,
        "draft": draft,
        "told": (rules.told(active), rules.told(draft)),
        "group": Case.Group(known[0].rule.group).label,
    }


def rules_page(request, *, form=None, code="", status=200):
    run, rows = described()
    page = {"rules": rows, "run": run, "form": form or ReleaseForm(), "failed": code}
    page["edition"] = Edition.objects.select_related("activated_by").latest("number")
    return render(request, "reviews/rule_list.html", page, status=status)


@right("rule.view")
def rule_list(request):
    return rules_page(request)


@require_POST
@right("rule.release")
def rule_release(request, code):
    form = ReleaseForm(request.POST)
    if code not in rules.current().by_code or not form.is_valid():
        return rules_page(request, form=form, code=code, status=422)
    try:
        alerts.let(rule=code, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
    except alerts.NotAllowed:
        messages.warning(request, _("This rule is not held any more; nothing was changed."))
    else:
        messages.success(request, _("The rule is released: its alerts join the queue at the team's pace."))
    return redirect("reviews:rule-list")


@right("rule.view")
def rule_detail(request, code):
    return rule_page(request, get_object_or_404(Rule, code=code))


def rule_page(request, rule, *, form=None, status=200):
    """One rule with all its versions, and for an officer what may be proposed about each."""
    versions = list(rule.versions.for_rule_page())
    active = next((version for version in versions if version.status == "active"), None)
    before = rules.told(active)
    page = {
        "rule": rule,
        "group": Case.Group(rule.group).label,
        "active": active,
        "versions": [(version, (before, rules.told(version))) for version in versions],
        "has_draft": any(version.status == "draft" for version in versions),
        "waiting": Approval.objects.waiting(at=timezone.now())
        .filter(kind="rule", subject=f"rule:{rule.code}")
        .first(),
        "form": form or ProposeForm(),
    }
    return render(request, "reviews/rule_detail.html", page, status=status)


@require_POST
@right("rule.draft")
def rule_propose(request, code):
    rule, form = get_object_or_404(Rule, code=code), ProposeForm(request.POST)
    if not form.is_valid():
        return rule_page(request, rule, form=form, status=422)
    try:
        approval = rules.propose(rule=rule, **form.cleaned_data, by=request.user, at=timezone.now())
    except (controls.NotAllowed, rules.BadRule) as refused:
        form.add_error("purpose", words(refused))
        return rule_page(request, rule, form=form, status=422)
    messages.success(request, _("Proposed. It waits for a second person."))
    return redirect("servicing:approval-detail", approval.pk)


def words(refused):
    return objection(refused) if isinstance(refused, rules.BadRule) else refusal(str(refused))


@right("rule.draft")
def rule_new(request):
    form = NewRuleForm(request.POST or None, initial={"priority": 10})
    return drafting(request, form, lambda **given: rules.begin(**given))


@right("rule.draft")
def rule_draft(request, code):
    rule = get_object_or_404(Rule, code=code)
    begins = rule.versions.to_begin_with()
    form = RuleForm(request.POST or None, initial=RuleForm.of(begins))
    return drafting(request, form, lambda **given: rules.draft(rule=rule, **given), begins=begins)


def drafting(request, form, verb, *, begins=None):
    """A form whose answer becomes a draft, or says why not."""
    if request.method == "POST" and form.is_valid():
        try:
            version = verb(**form.cleaned_data, by=request.user, at=timezone.now())
        except (controls.NotAllowed, rules.BadRule) as refused:
            form.add_error(None, words(refused))
        else:
            messages.success(
                request, _("Kept as a draft. It judges nobody until a second person approves it.")
            )
            return redirect("reviews:rule-detail", version.rule.code)
    page = {"form": form, "begins": begins}
    return render(request, "reviews/rule_form.html", page, status=422 if form.is_bound else 200)


@require_POST
@right("rule.view")
def rule_discard(request, code):
    rule = get_object_or_404(Rule, code=code)
    try:
        rules.discard(rule=rule, by=request.user, at=timezone.now())
        messages.success(request, _("The draft is discarded."))
    except controls.NotAllowed as refused:
        messages.error(request, refusal(str(refused)))
    return redirect("reviews:rule-list")


@right("rule.view")
def feature_list(request):
    return render(request, "reviews/feature_list.html", {"features": FEATURES})
