"""The public page of a survey, which says nothing about anybody, and the list of who was asked."""

from django.conf import settings
from django.db.models import Avg, Count
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from feedback.actions import surveys
from feedback.filters import SurveyFilter
from feedback.forms import SurveyForm
from feedback.models import Survey
from feedback.tables import SurveyTable
from servicing.actions import periods, staff, throttle
from servicing.pages import ListPage, client_address, public


@public
@require_http_methods(["GET", "POST"])
def survey(request, link):
    """Whoever has a link that still answers may answer; every other link is told the same."""
    at = timezone.now()
    found = surveys.find(link, at=at)
    form = SurveyForm(request.POST or None) if found else None
    if is_too_often(request, found, at=at):
        minutes = periods.value("verify.minutes", on=timezone.localdate(at))
        return render(request, "feedback/survey.html", {"minutes": minutes, "form": form}, status=429)
    if form is None:
        return render(request, "feedback/survey.html", {"is_over": True}, status=404)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "feedback/survey.html", {"form": form}, status=status)
    try:
        surveys.answer(survey=found, by=staff.machine("public"), at=at, **form.cleaned_data)
    except surveys.NotAllowed:
        return render(request, "feedback/survey.html", {"is_over": True}, status=404)
    is_complaint = form.cleaned_data["is_complaint"]
    return render(request, "feedback/survey.html", {"is_thanked": True, "is_complaint": is_complaint})


def is_too_often(request, found, *, at):
    """Whether to wait before the next try: behind one address stand many telephones, so only a link that is
    wrong counts against it; an answer counts against its own link.
    """
    if found is None:
        return not throttle.knock("survey", client_address(request), at=at, tries="survey.tries")
    if request.method != "POST":
        return False
    return not throttle.knock("answer", f"survey {found.pk}", at=at, tries="survey.tries")


class SurveyList(ListPage):
    right = "survey.view"
    template_name = "feedback/survey_list.html"
    table_class = SurveyTable
    filterset_class = SurveyFilter
    sort = ("-planned_on",)
    title = gettext_lazy("Surveys")
    lead = gettext_lazy("Who was asked after a payoff, and what they answered; words stand in Feedback.")
    borrower = "borrower"
    empty_icon = "clipboard-list"
    empty_title = gettext_lazy("Nobody was asked yet")
    empty_text = gettext_lazy("Some days after a payoff its borrower is asked, unless a complaint is open.")

    def rows(self):
        return Survey.objects.visible_to(self.person, on=timezone.localdate()).for_survey_page()

    def get_context_data(self, **kwargs):
        seen = Survey.objects.visible_to(self.person, on=timezone.localdate())
        sums = seen.aggregate(asked=Count("pk"), answered=Count("answered_at"), mean=Avg("score"))
        return super().get_context_data(**kwargs, sums=sums, can_ask=bool(settings.PUBLIC_AT))
