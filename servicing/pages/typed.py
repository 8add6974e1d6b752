"""What was typed into a form survives a session that ended: sealed at the server, for the same person."""

from functools import wraps

from django.utils import timezone

from servicing.actions import drafts

# What says who typed, and what belongs to the session that ended.
OURS = frozenset({"typed_by", "csrfmiddlewaretoken"})


def keeps(page):
    """Declare that what is typed for a view survives; `page` gives the address of the page with its form from
    the words of the view's own address. Once it was sent nothing is kept of it.
    """

    def declare(view):
        @wraps(view)
        def sent(request, *args, **kwargs):
            response = view(request, *args, **kwargs)
            if request.method == "POST" and response.status_code == 302:
                drafts.forget(person=request.user, page=page(**kwargs))
            return response

        sent.page_of_form = page  # type: ignore[attr-defined]
        return sent

    return declare


def kept(request, view, kwargs):
    """The page to come back to where what was typed could be kept, or ""."""
    page = getattr(view, "page_of_form", None)
    if page is None or request.method != "POST":
        return ""
    person, address = drafts.typist(request.POST.get("typed_by", "")), page(**kwargs)
    typed = {name: texts for name, texts in request.POST.lists() if name not in OURS}
    is_kept = person is not None and drafts.keep(person=person, page=address, typed=typed, at=timezone.now())
    return address if is_kept else ""


def typed_before(request):
    """{field: text} of what this person typed on this page before having to sign in again."""
    typed = drafts.of(request.user, request.path, at=timezone.now())
    return {name: texts[-1] for name, texts in typed.items() if texts}
