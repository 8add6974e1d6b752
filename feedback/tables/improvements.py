"""Failed payments, the rows behind an obstacle."""

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from servicing.models import Payment
from servicing.tables import NOWRAP, borrower_link, borrower_text
from servicing.tables.archive import RIGHT
from servicing.templatetags import faces


class FailureTable(tables.Table):
    marked = ("channel",)
    at = tables.Column(_("tried at"), accessor="paid_at", order_by="paid_at", attrs=NOWRAP)
    loan = tables.Column(_("loan"), accessor="loan__external_id", orderable=False, attrs=NOWRAP)
    borrower = tables.Column(_("borrower"), orderable=False, attrs=NOWRAP)
    channel = tables.Column(_("channel"), orderable=False, attrs=NOWRAP)
    error = tables.Column(_("error"), accessor="error_code", orderable=False)
    version = tables.Column(_("version of the app"), accessor="app_version", orderable=False, attrs=NOWRAP)
    currency = tables.Column(_("currency"), accessor="loan__currency", orderable=False, visible=False)
    amount = tables.Column(_("amount"), orderable=False, attrs=RIGHT)

    class Meta:
        model = Payment
        fields = ()
        row_attrs = {"data-href": lambda record: reverse("servicing:loan-detail", args=[record.loan_id])}

    def render_at(self, value):
        return faces.instant(value)

    def value_at(self, value):
        return value.isoformat()

    def render_loan(self, record, value):
        return format_html(
            '<a class="code" href="{}">{}</a>', reverse("servicing:loan-detail", args=[record.loan_id]), value
        )

    def value_loan(self, value):
        return value

    def render_borrower(self, value):
        return borrower_link(value)

    def value_borrower(self, value):
        return borrower_text(value)

    def render_channel(self, value):
        return faces.channel(value)

    def value_channel(self, value):
        return str(faces.channel(value))

    def render_error(self, value):
        return faces.error_words(value)

    def value_error(self, value):
        return value

    def render_amount(self, record, value):
        return faces.money(value, record.loan.currency)

    def value_amount(self, value):
        return value
