"""The list of open loans of people who settled before."""

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from servicing.models import OldestDue
from servicing.tables.archive import KIND_TONES, NOWRAP, RIGHT, borrower_link, borrower_text
from servicing.templatetags import faces


class MonitorTable(tables.Table):
    """One open loan a row, found by its oldest unpaid instalment; `standings` are worked out for the page."""

    # Too many columns for a telephone, and those behind matter most.
    folds = True

    marked = ("former",)
    in_files = {"since": _("days since its payoff")}
    loan = tables.Column(_("loan"), orderable=False, attrs=NOWRAP)
    borrower = tables.Column(_("borrower"), orderable=False, attrs=NOWRAP)
    product = tables.Column(_("product"), accessor="loan__product", orderable=False, attrs=NOWRAP)
    due = tables.Column(_("oldest unpaid due"), accessor="due_on", order_by="due_on", attrs=NOWRAP)
    number = tables.Column(_("instalment"), order_by="number", attrs=NOWRAP)
    days = tables.Column(_("days past due"), orderable=False, attrs=NOWRAP)
    past_due = tables.Column(_("past due"), accessor="pk", orderable=False, attrs=RIGHT)
    reminders = tables.Column(_("reminders"), accessor="pk", orderable=False, attrs=NOWRAP)
    former = tables.Column(_("former loan"), accessor="former_kind", orderable=False)
    since = tables.Column(_("since its payoff"), accessor="former_on", orderable=False, attrs=NOWRAP)

    class Meta:
        model = OldestDue
        fields = ()
        row_attrs = {"data-href": lambda record: reverse("servicing:loan-detail", args=[record.loan_id])}

    def __init__(self, *args, on, standings, **kwargs):
        self.on, self.standings = on, standings
        super().__init__(*args, **kwargs)

    def render_loan(self, record, value):
        # The id lets a refreshed page give the focus back.
        return format_html(
            '<a class="code" id="loan-{}" href="{}">{}</a>',
            record.loan_id, reverse("servicing:loan-detail", args=[record.loan_id]), value,
        )  # fmt: skip

    def render_borrower(self, value):
        return borrower_link(value)

    def render_due(self, value):
        return faces.due(value, on=self.on)

    def render_number(self, value):
        number = gettext("no. %(number)s") % {"number": value}
        return gettext("%(instalment)s, the first") % {"instalment": number} if value == 1 else number

    def render_days(self, record):
        if record.written_off_on:
            return faces.written_off()
        return faces.dpd(self.standings[record.loan_id][0].dpd) if record.due_on < self.on else "—"

    def render_past_due(self, record):
        owed = self.standings[record.loan_id][0].past_due
        return faces.money(owed, record.loan.currency) if owed else "—"

    def render_reminders(self, record):
        _standing, sent, latest = self.standings[record.loan_id]
        return format_html('{} <span class="soft">{}</span>', sent, faces.instant(latest)) if sent else "—"

    def render_former(self, record, value):
        return format_html(
            '<span class="pill {}">{}</span>', KIND_TONES.get(record.former_kind, "note"), value
        )

    def value_loan(self, value):
        return str(value)

    def value_borrower(self, value):
        return borrower_text(value)

    def value_due(self, value):
        return value.isoformat()

    def value_number(self, value):
        return value

    def value_days(self, record):
        return self.standings[record.loan_id][0].dpd

    def value_past_due(self, record):
        return self.standings[record.loan_id][0].past_due

    def value_reminders(self, record):
        return self.standings[record.loan_id][1]

    def value_former(self, record):
        return record.get_former_kind_display()

    def value_since(self, value):
        return (self.on - value).days

    def render_since(self, value):
        days = (self.on - value).days
        return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
