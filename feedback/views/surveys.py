"""The public page of a survey: no sign-in, one answer, nothing about anybody."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from feedback.actions import surveys
from feedback.forms import SurveyForm
from servicing.actions import periods, staff, throttle
from servicing.pages import client_address, public


@public
@require_http_methods(["GET", "POST"])
def survey(request, link):
    """Whoever has a link that still answers may answer; every other link is told the same."""
    at = timezone.now()
    found = surveys.find(link, at=at)
    # One that is looked at is counted only where it is wrong: behind one address stand many telephones.
    counts = found is None or request.method == "POST"
    if counts and not throttle.knock("survey", client_address(request), at=at, tries="survey.tries"):
        minutes = periods.value("verify.minutes", on=timezone.localdate(at))
        return render(request, "feedback/survey.html", {"minutes": minutes}, status=429)
    if found is None:
        return render(request, "feedback/survey.html", {"is_over": True}, status=404)
    form = SurveyForm(request.POST or None)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "feedback/survey.html", {"form": form}, status=status)
    try:
        surveys.answer(survey=found, by=staff.machine("public"), at=at, **form.cleaned_data)
    except surveys.NotAllowed:
        return render(request, "feedback/survey.html", {"is_over": True}, status=404)
    is_complaint = form.cleaned_data["is_complaint"]
    return render(request, "feedback/survey.html", {"is_thanked": True, "is_complaint": is_complaint})
