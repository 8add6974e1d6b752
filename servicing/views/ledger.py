"""The trail: who did or saw what, and whether anybody changed it afterwards."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from servicing.actions import ledger
from servicing.filters import LedgerFilter
from servicing.models import Borrower, LedgerEntry
from servicing.pages import ListPage, right
from servicing.tables import LedgerTable
from servicing.templatetags.ledger import BREAKS


class LedgerList(ListPage):
    right = "ledger.view"
    template_name = "servicing/ledger_list.html"
    table_class = LedgerTable
    filterset_class = LedgerFilter
    size = 50
    title = gettext_lazy("Ledger")
    lead = gettext_lazy(
        "Every act and every look, newest first. Entries can be added, never changed. "
        "Looking at one borrower again within the hour is one entry."
    )
    empty_icon = "scroll-text"
    empty_title = gettext_lazy("Nothing has happened yet")

    def rows(self):
        return LedgerEntry.objects.for_ledger_page()

    def make_table(self, rows):
        ids = [row.target_id for row in rows if row.target_type == "servicing.borrower"]
        found = Borrower.objects.filter(pk__in=ids).values_list("pk", "reference")
        names = {("servicing.borrower", str(pk)): reference for pk, reference in found}
        return LedgerTable(rows, references=names, request=self.request)


@require_POST
@right("ledger.view")
def ledger_verify(request):
    entries, found = ledger.verify()
    if found is None:
        text = ngettext(
            "%(count)s entry was checked: it stands as it was written.",
            "%(count)s entries were checked: each follows from the one before, none was changed or removed.",
            entries,
        )
        messages.success(request, text % {"count": f"{entries:,}"})
    else:
        position, entry, why = found
        text = _("The chain is broken at no. %(position)s (entry %(entry)s): %(why)s. Tell the auditor now.")
        messages.error(request, text % {"position": position, "entry": entry or "—", "why": BREAKS[why]})
    return redirect("servicing:ledger-list")
