"""One field to one person for a reason, for a minute."""

from datetime import datetime, time

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from servicing.actions import periods, privacy
from servicing.forms import RevealForm
from servicing.models import Borrower
from servicing.pages import right

FIELDS = ("name", "phone", "national_id")


def refusal(code):
    """Why a reveal was refused, in words."""
    return {
        "budget": _("You have used up your reveals for today. Your lead or the privacy officer can help."),
        "right": _("Your role may not show this field."),
        "restricted": _("Processing of this data is restricted: only the privacy officer may show it."),
        "reason": _("Say in at least 10 characters what for."),
    }[code]


@require_http_methods(["GET", "POST"])
@right("borrower.view")
def borrower_field(request, reference, field):
    """GET: the masked field, with `?ask` the form. POST: the plain field for a minute, or why not."""
    now = timezone.now()
    today = timezone.localdate(now)
    borrower = get_object_or_404(Borrower.objects.visible_to(request.user, on=today), reference=reference)
    if field not in FIELDS:
        raise Http404
    page = {"borrower": borrower, "field": field, "may_reveal": request.user.may(f"reveal.{field}")}
    if request.method == "GET":
        page["form"] = RevealForm(request=request, field=field) if "ask" in request.GET else None
        return render(request, "servicing/_field.html", page)
    form = RevealForm(request.POST, request=request, field=field)
    if form.is_valid():
        try:
            page["plain"] = privacy.reveal(
                borrower=borrower,
                field=field,
                reason=form.cleaned_data["reason"],
                words=form.cleaned_data["text"],
                by=request.user,
                at=now,
                day_began_at=timezone.make_aware(datetime.combine(today, time.min)),
            )
            page["seconds"] = periods.value("reveal.seconds", on=today)
            return render(request, "servicing/_field.html", page)
        except privacy.NotAllowed as refused:
            form.add_error(None, refusal(str(refused)))
    return render(request, "servicing/_field.html", page | {"form": form})
