"""Exact search: one box for phone, national id, loan number and reference."""

from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from servicing.actions import privacy
from servicing.domain.archive import as_lettered
from servicing.pages import right


@require_POST
@right("borrower.find")
def search(request):
    """One hit opens its dossier. By POST, so that what was typed stands in no address and no log."""
    text = request.POST.get("text", "").replace("\0", "").strip()[:64]
    if (reference := as_lettered("F", text)) and request.user.may("response.view"):
        return redirect("feedback:response-detail", reference)
    if (number := as_lettered("Y", text)) and request.user.may("objection.view"):
        return redirect("servicing:objection-detail", number)
    found = privacy.search(text, by=request.user, at=timezone.now()) if text else []
    if len(found) == 1:
        return redirect("dossier", found[0].reference)
    return render(request, "pages/search.html", {"found": found})
