"""The list of steps that are open after a payoff."""

import django_tables2 as tables
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from servicing.models import PayoffStep
from servicing.tables.archive import NOWRAP, borrower_link
from servicing.templatetags import faces


class StepTable(tables.Table):
    kind = tables.Column(_("step"), orderable=False, attrs=NOWRAP)
    loan = tables.Column(_("loan"), orderable=False, attrs=NOWRAP)
    borrower = tables.Column(_("borrower"), accessor="loan__borrower", orderable=False, attrs=NOWRAP)
    settled = tables.Column(_("settled on"), accessor="loan__settled_on", orderable=False, attrs=NOWRAP)
    due = tables.Column(_("due on"), accessor="due_on", order_by="due_on", attrs=NOWRAP)

    class Meta:
        model = PayoffStep
        fields = ()
        row_attrs = {"data-href": lambda record: step_link(record)}

    def render_loan(self, record):
        return format_html('<a class="code" href="{}">{}</a>', step_link(record), record.loan)

    def render_borrower(self, value):
        return borrower_link(value)

    def render_settled(self, value):
        return faces.day(value)

    def render_due(self, value):
        if value < timezone.localdate():
            return format_html('{} <span class="pill bad">{}</span>', faces.day(value), _("overdue"))
        if value == timezone.localdate():
            return format_html('{} <span class="pill warn">{}</span>', faces.day(value), _("today"))
        return faces.day(value)


def step_link(step):
    """Where a step is ticked: beside the others of its loan."""
    return reverse("servicing:loan-detail", args=[step.loan_id]) + "#steps"
