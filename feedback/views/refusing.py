"""The public page on which whoever got an advertising message says no; it says nothing about anybody."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from feedback.actions.loyalty import refusing
from servicing.actions import periods, staff, throttle
from servicing.pages import client_address, public


@public
@require_http_methods(["GET", "POST"])
def no(request, link):
    """One click, and none that a program takes by looking at a link; every wrong link is told the same."""
    at, found = timezone.now(), refusing.find(link)
    counts = found is None or request.method == "POST"
    if counts and not throttle.knock("no", client_address(request), at=at, tries="survey.tries"):
        minutes = periods.value("verify.minutes", on=timezone.localdate(at))
        return render(request, "feedback/no.html", {"minutes": minutes}, status=429)
    if found is None:
        return render(request, "feedback/no.html", {"is_wrong": True}, status=404)
    if request.method == "POST":
        refusing.refuse(offer=found, by=staff.machine("public"), at=at)
    return render(request, "feedback/no.html", {"is_done": request.method == "POST"})
