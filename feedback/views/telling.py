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


def telling_of(responses, *, on, action, among=None):
    """What a page shows of it, with the form: for templates/feedback/_tell.html. The log is of those told
    `among` these responses or more.
    """
    return {
        "action": action,
        "preview": telling.preview(responses, on=on),
        "log": Told.objects.about(responses if among is None else among)[:LOG],
        "form": TellForm(auto_id="tell_%s"),
    }


@require_POST
@right("response.steer")
def response_tell(request, reference):
    """Tell everybody behind one response."""
    seen = Response.objects.visible_to(request.user, on=timezone.localdate())
    head = get_object_or_404(seen, reference=as_lettered("F", reference) or reference)
    tell_all(request, [head])
    return back(request, "feedback:response-detail", head.reference)


def tell_all(request, responses):
    """Tell everybody behind some responses what the form says, and say what came of it."""
    form = TellForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return
    try:
        told = telling.tell(
            responses=responses, words=form.cleaned_data["words"], by=request.user, at=timezone.now()
        )
    except telling.NotAllowed as refused:
        why = {"words": _("Say something."), "nobody": _("Nobody of them can be told.")}
        messages.error(request, why.get(str(refused), _("Your role may not do this.")))
        return
    done = ngettext("%(count)s person is told.", "%(count)s people are told.", len(told))
    messages.success(request, done % {"count": len(told)})
