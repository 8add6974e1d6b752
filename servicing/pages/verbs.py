"""One verb that a person asks for on a page, and what is said of it there."""

from django.contrib import messages
from django.utils import timezone


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
