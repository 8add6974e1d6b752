"""Settled loans as a list, one loan as a page, and a small masked file of the list."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from servicing import charts
from servicing.actions import privacy
from servicing.filters import LoanFilter
from servicing.models import Loan, Settlement
from servicing.pages import ListPage, csv_file, right
from servicing.tables import LoanTable


class LoanList(ListPage):
    right = "archive.browse"
    template_name = "servicing/loan_list.html"
    table_class = LoanTable
    filterset_class = LoanFilter
    sort = ("-settled_on",)
    title = gettext_lazy("Settled loans")
    empty_icon = "archive"
    empty_title = gettext_lazy("No loan is settled yet")
    empty_text = gettext_lazy(
        "Settled loans come in with an import: a risk officer stages the files, the risk lead applies them."
    )

    def rows(self):
        rows = Settlement.objects.current().visible_to(self.request.user, on=timezone.localdate())
        return rows.for_archive_page()


@require_POST
@right("archive.export")
def loan_export(request):
    """The filtered list as a file of at most 25 masked rows."""
    page = LoanList(request=request)
    chosen = page.filterset()
    back = redirect(f"{request.path.removesuffix('export/')}?{request.GET.urlencode()}")
    if request.GET and not chosen.is_valid():
        return back  # where the filter says what it did not understand
    rows = chosen.qs.order_by(*page.sorted_by()[1], "-pk")
    count = rows.count()
    if count > privacy.EXPORT_LIMIT:
        messages.error(
            request,
            _("This list has %(count)s entries, and a file may hold 25: narrow the filters and try again.")
            % {"count": count},
        )
        return back
    content, digest = csv_file(LoanTable(list(rows)).as_values())
    privacy.exported(what="loan", rows=count, digest=digest, by=request.user, at=timezone.now())
    content["Content-Disposition"] = f'attachment; filename="loans-{timezone.localdate()}.csv"'
    return content


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
