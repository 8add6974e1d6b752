"""Improvements: the board, one of them with its measurement, and the verbs of those who steer."""

from datetime import date, datetime, time

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from feedback import charts
from feedback.actions import improvements
from feedback.domain.improvements import may, whole_weeks
from feedback.filters import FailureFilter
from feedback.forms import BeginForm, DropForm, FixForm, PassOnForm
from feedback.models import Improvement, Obstacle, Response
from feedback.models.improvements.obstacles import listed_failures, those_who_reported
from feedback.models.telling import untold
from feedback.tables import FailureTable
from feedback.views.obstacles import week_link
from feedback.views.telling import tell_all, telling_of
from servicing.models import LedgerEntry
from servicing.pages import ListPage, right
from servicing.templatetags.ledger import ACTS

REFUSALS = {
    "right": gettext_lazy("Your role may not do this."),
    "status": gettext_lazy("Somebody else has changed this improvement meanwhile; look again."),
    "day": gettext_lazy("A change is in force since a day that has come, and later than the one before."),
    "owner": gettext_lazy("This person cannot look after it."),
    "words": gettext_lazy("Say what is changed."),
    "reason": gettext_lazy("Say it in at least 10 characters."),
}
# What its voices may be told of, and how many voices at once; those who are told make room for the next.
TELLS = (Improvement.Status.FIXED, Improvement.Status.PROVEN)
AT_ONCE = 500


class FailureList(ListPage):
    """The failed payments behind an obstacle."""

    right = "archive.browse"
    table_class = FailureTable
    filterset_class = FailureFilter
    sort = ("-paid_at",)
    title = gettext_lazy("Failed payments")
    lead = gettext_lazy("What borrowers tried to pay and could not.")
    borrower = "borrower"
    empty_icon = "circle-check"
    empty_title = gettext_lazy("No payment has failed")
    empty_text = gettext_lazy("A failed payment appears here when the loan core tells of it.")

    def rows(self):
        return listed_failures(self.person, on=timezone.localdate())


@right("improvement.view")
def board(request):
    """Every improvement under its status; what makes it worse first."""
    rows = list(Improvement.objects.for_board())
    columns = [
        (status, [row for row in rows if row.status == status])
        for status in Improvement.Status
        if status != Improvement.Status.DROPPED or any(row.status == status for row in rows)
    ]
    page = {"columns": columns, "rows": rows, "obstacles": Obstacle.objects.exists()}
    return render(request, "feedback/improvement_board.html", page)


@right("improvement.view")
def improvement_detail(request, pk):
    return improvement_page(request, get_object_or_404(Improvement.objects.for_page(), pk=pk))


def improvement_page(request, improvement, *, forms=None, status=200):
    """What is changed, what came of it week by week, and for who steers what may be done."""
    found = list(improvement.measurements.all())
    current = [row for row in found if row.fixed_on == improvement.fixed_on]
    newest = current[0] if current else None
    looks = [row for row in found if row.verdict]
    on = timezone.localdate()
    page = {
        "improvement": improvement,
        "newest": newest,
        "look": next((row for row in current if row.verdict), None),
        "looks": looks,
        "passed": whole_weeks(improvement.fixed_on, today=on) if improvement.fixed_on else 0,
        "may_fix": may(improvement.status, "fix"),
        "may_drop": may(improvement.status, "drop"),
        "history": history(improvement),
        "fix_form": FixForm(initial={"fixed_on": on}),
        "owner_form": PassOnForm(),
        "drop_form": DropForm(),
        **(drawn(improvement, newest, links=request.user.may("archive.browse")) if newest else {}),
        **(forms or {}),
    }
    if improvement.status in TELLS and request.user.may("response.steer"):
        page["telling"] = telling_about(improvement, request.user, on=on)
    return render(request, "feedback/improvement_detail.html", page, status=status)


def telling_about(improvement, person, *, on):
    """Telling those who reported the obstacle, and who was told since the fix and before."""
    return telling_of(
        waiting(improvement, person, on=on), on=on, among=those_who_reported(improvement.obstacle, on=on),
        action=reverse("feedback:improvement-tell", args=[improvement.pk]),
    )  # fmt: skip


def waiting(improvement, person, *, on):
    """Some voices of those who reported the obstacle and were told nothing since the fix."""
    seen = Response.objects.visible_to(person, on=on).values("pk")
    rows = those_who_reported(improvement.obstacle, on=on).filter(pk__in=seen)
    since = timezone.make_aware(datetime.combine(improvement.fixed_on, time.min))
    return list(untold(rows, since=since)[:AT_ONCE])


def history(improvement):
    """[(entry of the trail, its act in words)], newest first."""
    rows = LedgerEntry.objects.about(improvement).select_related("by").order_by("-pk")[:20]
    return [(row, ACTS.get(row.what, row.what)) for row in rows]


def drawn(improvement, row, *, links):
    """The chart of a measurement and the same numbers as a table."""
    is_listed = links and row.unit == row.Unit.FAILURES
    rows = [
        (first, met, tried, 100 * met / tried if tried else 0.0, 100 * low, 100 * high)
        for first, tried, met, low, high in row.by_week
    ]
    url = (lambda first: week_link(improvement.obstacle, date.fromisoformat(first))) if is_listed else None
    planned = 100 * row.rate_before * (1 - improvement.fall / 100)
    return {
        "figure": charts.before_and_after(
            [(first, *rest) for first, _met, _tried, *rest in rows],
            fixed_on=row.fixed_on.isoformat(), planned=planned, link=url,
        ),
        "weeks": [
            (first, url(first) if url else "", first > row.fixed_on.isoformat(), *rest)
            for first, *rest in rows
        ],
        "planned": planned,
    }  # fmt: skip


@right("improvement.steer")
def improvement_new(request, pk):
    """Begin to do something about an obstacle."""
    obstacle = get_object_or_404(Obstacle, pk=pk)
    form = BeginForm(request.POST or None, initial={"owner": request.user.pk})
    if request.method == "POST" and form.is_valid():
        try:
            made = improvements.begin(
                obstacle=obstacle, **form.cleaned_data, by=request.user, at=timezone.now()
            )
        except improvements.NotAllowed as refused:
            form.add_error(None, REFUSALS[str(refused)])
        else:
            messages.success(request, _("The improvement is on the board."))
            return redirect("feedback:improvement-detail", made.pk)
    page = {"form": form, "obstacle": obstacle}
    return render(request, "feedback/improvement_form.html", page, status=422 if form.is_bound else 200)


@require_POST
@right("improvement.steer")
def improvement_fix(request, pk):
    return verb(request, pk, improvements.fix, FixForm, "fix_form", _("It is measured from now on."))


@require_POST
@right("improvement.steer")
def improvement_hand_over(request, pk):
    return verb(request, pk, improvements.hand_over, PassOnForm, "owner_form", _("It has a new owner."))


@require_POST
@right("improvement.steer")
def improvement_drop(request, pk):
    return verb(request, pk, improvements.drop, DropForm, "drop_form", _("It is dropped."))


@require_POST
@right("response.steer")
def improvement_tell(request, pk):
    """Tell those who reported the obstacle what became of it."""
    improvement = get_object_or_404(Improvement.objects.select_related("obstacle"), pk=pk)
    if improvement.status in TELLS:
        tell_all(request, waiting(improvement, request.user, on=timezone.localdate()))
    else:
        messages.error(request, REFUSALS["status"])
    return redirect("feedback:improvement-detail", pk)


def verb(request, pk, act, form_class, name, done):
    """One act with what its form says; refused, the page comes back with what was typed."""
    improvement = get_object_or_404(Improvement.objects.for_page(), pk=pk)
    form = form_class(request.POST)
    if form.is_valid():
        try:
            act(improvement=improvement, **form.cleaned_data, by=request.user, at=timezone.now())
        except improvements.NotAllowed as refused:
            form.add_error(None, REFUSALS[str(refused)])
        else:
            messages.success(request, done)
            return redirect("feedback:improvement-detail", pk)
    return improvement_page(request, improvement, forms={name: form}, status=422)
