"""The queue, one case, and what a person decides about it."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from reviews.actions import alerts, cases, recheck, scoring
from reviews.filters import CaseFilter
from reviews.forms import DecideForm
from reviews.models import Case, Decision, RuleVersion
from reviews.tables import CaseTable
from servicing.actions import periods, privacy
from servicing.models import LedgerEntry, Observation, moments
from servicing.pages import ListPage, right


class CasePage(ListPage):
    table_class = CaseTable
    borrower = "borrower"
    empty_icon = "list-checks"

    def make_table(self, rows):
        return CaseTable(rows, on=timezone.localdate(), request=self.request)


class CaseQueue(CasePage):
    """Two tabs: what is mine, and what waits for anybody."""

    right = "case.queue"
    tabs = {"tab": ("waiting",)}
    template_name = "reviews/case_queue.html"
    sort = ("-priority", "due_on", "pk")
    title = gettext_lazy("Review queue")
    lead = gettext_lazy(
        "Take the next case: the most pressing one is yours at once, and nobody else gets it."
    )

    @property
    def tab(self):
        return "waiting" if self.request.GET.get("tab") == "waiting" else "own"

    @property
    def empty_title(self):  # type: ignore[override]
        return _("No case of yours is open") if self.tab == "own" else _("No case is waiting")

    @property
    def empty_text(self):  # type: ignore[override]
        if self.tab == "own":
            return _("Take the next case to begin.")
        return _("New cases come with the next recheck, at the pace that the team can take.")

    def rows(self):
        if self.tab == "own":
            return Case.objects.owned_by(self.request.user).for_queue_page()
        return Case.objects.unowned().for_queue_page()

    def reachable(self):
        return Case.objects.visible_to(self.person).for_queue_page()

    def get_context_data(self, **kwargs):
        own, waiting = Case.objects.owned_by(self.request.user).count(), Case.objects.unowned().count()
        today = timezone.localdate()
        return super().get_context_data(
            **kwargs,
            own=own,
            waiting=waiting,
            capacity=periods.value("queue.daily_capacity", on=today),
            room=alerts.room(on=today),
        )


class CaseList(CasePage):
    right = "case.browse"
    filterset_class = CaseFilter
    sort = ("-pk",)
    title = gettext_lazy("All cases")
    lead = gettext_lazy("Open and closed, of everybody.")
    empty_title = gettext_lazy("There are no cases yet")
    empty_text = gettext_lazy("Cases come from alerts, and alerts from the recheck.")

    def rows(self):
        return Case.objects.visible_to(self.request.user).for_queue_page()


@require_POST
@right("case.decide")
def case_next(request):
    case = cases.take_next(by=request.user, at=timezone.now())
    if case is None:
        messages.info(request, _("No case is waiting. New ones come with the next recheck."))
        return redirect("reviews:case-list")
    return redirect("reviews:case-detail", case.pk)


@right("case.view")
def case_detail(request, pk):
    case = get_object_or_404(Case.objects.visible_to(request.user).for_case_page(), pk=pk)
    privacy.viewed(case.borrower, by=request.user, at=timezone.now())
    return case_page(request, case)


def case_page(request, case, *, form=None, status=200, changed=False):
    """The case with its evidence and, for its owner, the form with the digest of what is shown."""
    restricted = case.borrower.restrictions.in_force(on=timezone.localdate()).first()
    newest = None if restricted else recheck.standing_of(case.borrower)
    shown = cases.evidence(case, newest=newest)
    form = form or DecideForm()
    form.initial["seen"] = digest = cases.digest(shown)
    decision = getattr(case, "decision", None)
    may_decide = case.owner_id == request.user.pk and decision is None and request.user.may("case.decide")
    page = {
        "case": case,
        "decision": decision,
        "alerts": decision.seen if decision else shown,
        "rule_names": RuleVersion.objects.names(),
        "may_decide": may_decide,
        "may_give_back": may_decide
        or (case.owner_id is not None and decision is None and request.user.may("case.return")),
        "form": form,
        "digest": digest,
        "changed": changed,
        "processing": {"restriction": restricted},
        "asks": LedgerEntry.objects.about(case).filter(what="case.asked").order_by("pk"),
        "past": Decision.objects.filter(case__borrower=case.borrower)
        .exclude(case=case)
        .select_related("by", "case")
        .order_by("-at")[:10],
        "history": getattr(case.borrower, "history", None),
        "said": Observation.objects.readable(case.borrower, on=timezone.localdate()),
        "moments": recent(case.borrower, request.user),
        "today": timezone.localdate(),
        "score": scoring.explained(newest),
    }
    return render(request, "reviews/case_detail.html", page, status=status)


def recent(borrower, viewer):
    """The newest dozen of what the borrower did; what the house thought stands above it."""
    parts = (moments.loans, moments.failed_payments, moments.settlements)
    found = [moment for part in parts for moment in part(borrower, viewer)]
    return sorted(found, key=lambda moment: moment.on, reverse=True)[:12]


@require_POST
@right("case.decide")
def case_decide(request, pk):
    case = get_object_or_404(Case.objects.for_case_page(), pk=pk)
    form = DecideForm(request.POST)
    given = {k: form.data.get(k, "") for k in ("verdict", "reason", "note")}
    try:
        if not form.is_valid() and case.owner_id == request.user.pk and case.status == Case.Status.OPEN:
            return case_page(request, case, form=form, status=422)
        cases.decide(
            case=case, **given, seen_digest=form.data.get("seen", ""), by=request.user, at=timezone.now()
        )
    except cases.Changed:
        return case_page(request, case, form=form, status=409, changed=True)
    except (cases.AlreadyDecided, cases.NotAllowed) as refused:
        return conflict(request, case, refused, note=given["note"])
    messages.success(request, what_next(case))
    return redirect("reviews:case-list")


def what_next(case):
    """That the case is decided, and whether another one waits."""
    left = Case.objects.unowned().count()
    none = _("Case %(case)s is decided. Nothing else waits in line.")
    some = ngettext(
        "Case %(case)s is decided. %(left)s more waits: take the next case.",
        "Case %(case)s is decided. %(left)s more wait: take the next case.",
        left,
    )
    return (some if left else none) % {"case": case, "left": left}


@require_POST
@right("case.decide")
def case_give_back(request, pk):
    case = get_object_or_404(Case.objects.for_case_page(), pk=pk)
    try:
        cases.give_back(case=case, by=request.user, at=timezone.now())
    except (cases.AlreadyDecided, cases.NotAllowed) as refused:
        return conflict(request, case, refused)
    messages.info(request, _("Case %(case)s is back in line.") % {"case": case})
    return redirect("reviews:case-list")


def conflict(request, case, refused, *, note=""):
    """Somebody was faster: who, when, and what was typed, so that nothing is lost."""
    page = {
        "case": case,
        "decided": getattr(refused, "by", None),
        "at": getattr(refused, "at", None),
        "note": note,
    }
    return render(request, "reviews/case_conflict.html", page, status=409)
