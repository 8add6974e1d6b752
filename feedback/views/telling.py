"""Those who reported are told what became of it: how many, in which words, and who was told when."""

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from feedback.actions import telling
from feedback.forms import TellForm
from feedback.models import Response, Told
from servicing.domain.archive import as_lettered
from servicing.pages import right
from servicing.pages.verbs import back

LOG = 50  # of those who were told, the newest


def telling_of(responses, *, on):
    """What a page shows of it, with the form: for templates/feedback/_tell.html."""
    return {
        "responses": responses,
        "preview": telling.preview(responses, on=on),
        "log": Told.objects.about(responses)[:LOG],
        "form": TellForm(auto_id="tell_%s"),
    }


@require_POST
@right("response.steer")
def response_tell(request, reference):
    """Tell everybody behind one response, or behind all that the form names beside it."""
    asked = [as_lettered("F", one) or one for one in (reference, *request.POST.getlist("response"))]
    seen = Response.objects.visible_to(request.user, on=timezone.localdate())
    head, rows = get_object_or_404(seen, reference=asked[0]), list(seen.filter(reference__in=asked))
    form = TellForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    else:
        _told(request, rows, form.cleaned_data["words"])
    return back(request, "feedback:response-detail", head.reference)


def _told(request, rows, words):
    try:
        told = telling.tell(responses=rows, words=words, by=request.user, at=timezone.now())
    except telling.NotAllowed as refused:
        why = {"words": _("Say something."), "nobody": _("Nobody of them can be told.")}
        messages.error(request, why.get(str(refused), _("Your role may not do this.")))
        return
    done = ngettext("%(count)s person is told.", "%(count)s people are told.", len(told))
    messages.success(request, done % {"count": len(told)})
