"""Settled loans as a list."""

from django.utils import timezone
from django.utils.translation import gettext_lazy

from servicing.filters import LoanFilter
from servicing.models import Settlement
from servicing.pages import ListPage
from servicing.tables import LoanTable


class LoanList(ListPage):
    right = "archive.browse"
    template_name = "servicing/loan_list.html"
    table_class = LoanTable
    filterset_class = LoanFilter
    sort = ("-settled_on",)
    title = gettext_lazy("Settled loans")
    borrower = "borrower"
    chooses = "recheck.start"
    empty_icon = "archive"
    empty_title = gettext_lazy("No loan is settled yet")
    empty_text = gettext_lazy(
        "Settled loans come in with an import: a risk officer stages the files, the risk lead applies them."
    )

    def rows(self):
        rows = Settlement.objects.current().visible_to(self.request.user, on=timezone.localdate())
        return rows.for_archive_page()
