"""The rules in words, how often they fire, and the lead's release of a held one."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from reviews.actions import alerts, recheck, rules
from reviews.forms import ReleaseForm
from reviews.models import Alert, Case, RuleHold, RuleVersion
from servicing.pages import right


def described():
    """Each rule with its hits in the newest finished run, its live alerts and its hold."""
    run = recheck.whole_runs().order_by("-params__as_of", "-pk").first()
    fired = run.result.get("fired", {}) if run else {}
    borrowers = run.result.get("borrowers", 0) if run else 0
    holds = {hold.rule: hold for hold in RuleHold.objects.current().select_related("released_by")}
    live: dict = {}
    for rule, status, number in Alert.objects.live().by_rule():
        live.setdefault(rule, {})[status] = number
    groups, names = dict(Case.Group.choices), RuleVersion.objects.names()
    return run, [
        {
            "rule": rule,
            "name": names[rule.code],
            "group": groups[rule.group],
            "fired": fired.get(rule.code, 0),
            "borrowers": borrowers,
            "hold": holds.get(rule.code),
            "live": live.get(rule.code, {}),
        }
        for rule in rules.current().rules
    ]


def rules_page(request, *, form=None, code="", status=200):
    run, rows = described()
    page = {"rules": rows, "run": run, "form": form or ReleaseForm(), "failed": code}
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
