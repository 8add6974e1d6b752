"""Campaigns: what is offered to whom, the second person's approval, and what it changed."""

from django.contrib import messages
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from feedback import charts
from feedback.actions.loyalty import campaigns
from feedback.domain.loyalty import BadCondition
from feedback.filters import CampaignFilter
from feedback.forms import CampaignForm, PurposeForm, objection
from feedback.models import Campaign, CampaignResult, Offer
from feedback.tables import CampaignTable
from servicing.actions import controls, periods
from servicing.models import Approval
from servicing.pages import ListPage, ask, right


def refusals():
    return {
        "right": _("Your role does not do this."),
        "begun": _("It is no draft any more."),
        "profiling": _("Without profiling nothing can be asked of the borrower."),
        "over": _("It would end before it begins."),
        "waits": _("Another proposal about this waits already."),
        "not_running": _("The campaign does not run now."),
    }


class CampaignList(ListPage):
    right = "campaign.view"
    table_class = CampaignTable
    filterset_class = CampaignFilter
    template_name = "feedback/campaign_list.html"
    sort = ("-pk",)
    empty_icon = "gift"
    title = gettext_lazy("Campaigns")
    lead = gettext_lazy("What is offered to whom, and what it changed. One person drafts, privacy approves.")
    empty_title = gettext_lazy("There is no campaign yet")
    empty_text = gettext_lazy(
        "A lead of customer service drafts one; it begins once privacy has approved it."
    )

    def rows(self):
        return Campaign.objects.for_campaign_page()


def campaign_page(request, campaign, *, form=None, status=200):
    counts = dict(campaign.offers.order_by().values_list("status").annotate(number=Count("pk")))
    held, words = counts.pop("held_out", 0), dict(Offer.Status.choices)
    page = {
        "campaign": campaign,
        "counts": [(words[code], counts.get(code, 0)) for code in words if code != "held_out"],
        "drawn": sum(counts.values()) + held,
        "held": held,
        "measured": campaign.measurements.judged().first() or campaign.measurements.order_by("-on").first(),
        "waiting": Approval.objects.waiting(at=timezone.now())
        .filter(kind="campaign", subject=f"campaign:{campaign.pk}")
        .first(),
        "form": form or PurposeForm(),
    }
    return render(request, "feedback/campaign_detail.html", page, status=status)


def sought(pk):
    return get_object_or_404(Campaign.objects.for_campaign_page(), pk=pk)


@right("campaign.view")
def campaign_detail(request, pk):
    return campaign_page(request, sought(pk))


@right("campaign.draft")
def campaign_new(request):
    return drafting(request, None, CampaignForm(request.POST or None))


@right("campaign.draft")
def campaign_draft(request, pk):
    campaign = sought(pk)
    return drafting(request, campaign, CampaignForm(request.POST or None, initial=CampaignForm.of(campaign)))


def drafting(request, campaign, form):
    """A form whose answer becomes a draft, or says why not."""
    if request.method == "POST" and form.is_valid():
        said = {name: form.cleaned_data[name] for name in (*CampaignForm.base_fields, "conditions")}
        try:
            row = campaigns.draft(campaign=campaign, by=request.user, at=timezone.now(), **said)
        except BadCondition as bad:
            form.add_error(None, objection(bad))
        except controls.NotAllowed as refused:
            form.add_error(None, refusals()[str(refused)])
        else:
            messages.success(
                request, _("Kept as a draft. Nobody is offered anything until privacy approves it.")
            )
            return redirect("feedback:campaign-detail", row.pk)
    page = {"form": form, "campaign": campaign}
    return render(request, "feedback/campaign_form.html", page, status=422 if form.is_bound else 200)


@require_POST
@right("campaign.draft")
def campaign_propose(request, pk):
    campaign, form = sought(pk), PurposeForm(request.POST)
    if not form.is_valid():
        return campaign_page(request, campaign, form=form, status=422)
    try:
        approval = campaigns.propose(
            campaign=campaign, by=request.user, at=timezone.now(), **form.cleaned_data
        )
    except controls.NotAllowed as refused:
        form.add_error("purpose", refusals()[str(refused)])
        return campaign_page(request, campaign, form=form, status=422)
    messages.success(request, _("Proposed. It waits for a second person."))
    return redirect("servicing:approval-detail", approval.pk)


@require_POST
@right("campaign.stop")
def campaign_stop(request, pk):
    done = _("Stopped. What nobody had answered is withdrawn.")
    about = {
        "refused": controls.NotAllowed,
        "words": refusals(),
        "otherwise": _("Your role does not do this."),
    }
    ask(request, campaigns.stop, done=done, campaign=sought(pk), **about)
    return redirect("feedback:campaign-detail", pk)


@right("campaign.measure")
def campaign_effect(request, pk):
    """What it changed: all measurements, as pictures and as a table, and how they were worked out."""
    campaign, on = sought(pk), timezone.localdate()
    rows = list(campaign.measurements.order_by("on"))
    known = [row for row in rows if row.lift is not None]
    points = {"lift": _("more who borrow again"), "overdue": _("more who are past due")}
    page = {
        "campaign": campaign,
        "rows": rows[::-1],
        "newest": rows[-1] if rows else None,
        "judged": next((row for row in rows if row.verdict != CampaignResult.Verdict.SO_FAR), None),
        "figures": [
            ("points-figure", charts.effect_over_time(known, points, y=_("percentage points"))),
            ("net-figure", charts.effect_over_time(known, {"net": _("net")}, y=_("yuan a borrower"))),
        ]
        if known
        else [],
        "loss": periods.value("measure.loss", on=on),
        "smallest": periods.value("measure.lift", on=on),
        "every": periods.value("measure.every", on=on),
    }
    return render(request, "feedback/campaign_effect.html", page)
