"""Settled loans as a list, one loan as a page, and a small masked file of the list."""

from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy

from servicing import charts
from servicing.actions import privacy
from servicing.filters import LoanFilter
from servicing.models import Loan, Settlement
from servicing.pages import ListPage, right
from servicing.tables import LoanTable


class LoanList(ListPage):
    right = "archive.browse"
    template_name = "servicing/loan_list.html"
    table_class = LoanTable
    filterset_class = LoanFilter
    sort = ("-settled_on",)
    title = gettext_lazy("Settled loans")
    borrower = "borrower"
    empty_icon = "archive"
    empty_title = gettext_lazy("No loan is settled yet")
    empty_text = gettext_lazy(
        "Settled loans come in with an import: a risk officer stages the files, the risk lead applies them."
    )

    def rows(self):
        rows = Settlement.objects.current().visible_to(self.request.user, on=timezone.localdate())
        return rows.for_archive_page()


@right("borrower.view")
def loan_detail(request, pk):
    loans = Loan.objects.visible_to(request.user, on=timezone.localdate())
    loan = get_object_or_404(loans.for_loan_page(), pk=pk)
    privacy.viewed(loan.borrower, by=request.user, at=timezone.now())
    settlements = list(loan.settlements.order_by("-version"))
    current = next((row for row in settlements if row.superseded_at is None), None)
    return render(
        request,
        "servicing/loan_detail.html",
        {
            "loan": loan,
            "settlement": current,
            "earlier": [row for row in settlements if row is not current],
            "strip": charts.months_of(current) if current else [],
            "legend": charts.LEGEND,
            "instalments": instalments(loan, on=timezone.localdate()),
            "payments": loan.payments.order_by("paid_at", "pk"),
        },
    )


def instalments(loan, *, on):
    """[(instalment, days past due when it was cleared, or as of the day while it is not)]."""
    return [(row, max(((row.cleared_on or on) - row.due_on).days, 0)) for row in loan.instalments.all()]
