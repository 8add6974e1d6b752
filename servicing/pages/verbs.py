"""One verb that a person asks for on a page, and what is said of it there."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme


def ask(request, verb, *, done, refused, words, otherwise, **about):
    """Do a verb now, for whoever asks, and say `done`; or say in `words` ({code: text}, `otherwise` for any
    other code) why it raised one of the exceptions `refused`.
    """
    try:
        verb(**about, by=request.user, at=timezone.now())
    except refused as error:
        messages.error(request, words.get(str(error), otherwise))
    else:
        if done:
            messages.success(request, done)


def back(request, otherwise, *args):
    """To the page on which the form stood, where it names one of this site; else to a route."""
    asked = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure()):
        return redirect(asked)
    return redirect(otherwise, *args)
