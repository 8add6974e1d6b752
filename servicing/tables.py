"""Lists of servicing. A column speaks twice: `render_` to the eye, `value_` to the file, masked in both."""

import django_tables2 as tables
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from servicing.actions import controls, privacy
from servicing.domain.privacy import blur
from servicing.models import (
    Approval,
    Export,
    FeedMessage,
    ImportBatch,
    LedgerEntry,
    OldestDue,
    PayoffStep,
    Reject,
    Settlement,
)
from servicing.templatetags import faces
from servicing.templatetags.ledger import ACTS, KEYS, TARGETS, short

RIGHT = {"th": {"class": "right"}, "td": {"class": "right nowrap"}}
NOWRAP = {"td": {"class": "nowrap"}}

KIND_TONES = {"normal": "good", "early": "good", "late": "warn"}


def borrower_link(borrower):
    """The masked name beside the reference, which opens the dossier."""
    return format_html(
        '<a href="{}" class="code">{}</a> <span class="soft">{}</span>',
        reverse("dossier", args=[borrower.reference]),
        borrower.reference,
        faces.masked(borrower, "name"),
    )


def borrower_text(borrower):
    """The same for a file: the reference and the masked name."""
    return f"{borrower.reference} {privacy.masked(borrower, 'name')}".strip()


class LoanTable(tables.Table):
    # Columns of words, in whose cells a file may carry its unseen mark.
    marked = ("kind",)
    loan = tables.Column(_("loan"), accessor="loan__external_id", orderable=False, attrs=NOWRAP)
    borrower = tables.Column(_("borrower"), orderable=False, attrs=NOWRAP)
    product = tables.Column(_("product"), accessor="loan__product", orderable=False)
    kind = tables.Column(_("how it ended"), orderable=False)
    settled = tables.Column(_("settled on"), accessor="settled_on", order_by="settled_on", attrs=NOWRAP)
    late = tables.Column(_("at the end"), accessor="days_late", order_by="days_late", attrs=NOWRAP)
    worst = tables.Column(_("worst days past due"), accessor="worst_dpd", order_by="worst_dpd")
    currency = tables.Column(_("currency"), accessor="loan__currency", orderable=False, visible=False)
    paid = tables.Column(_("paid in total"), order_by="paid", attrs=RIGHT)

    class Meta:
        model = Settlement
        fields = ()
        row_attrs = {"data-href": lambda record: reverse("servicing:loan-detail", args=[record.loan_id])}

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

    def render_kind(self, record, value):
        return format_html('<span class="pill {}">{}</span>', KIND_TONES.get(record.kind, "note"), value)

    def value_kind(self, record):
        return record.get_kind_display()

    def render_settled(self, value):
        return faces.day(value)

    def value_settled(self, value):
        return value.isoformat()

    def render_late(self, value):
        return faces.lateness(value)

    def value_late(self, value):
        return value

    def render_worst(self, value):
        return faces.dpd(value)

    def value_worst(self, value):
        return value

    def render_paid(self, record, value):
        return faces.money(value, record.loan.currency)

    def value_paid(self, value):
        return value


class MonitorTable(tables.Table):
    """One open loan a row, found by its oldest unpaid instalment; `standings` are worked out for the page."""

    marked = ("former",)
    loan = tables.Column(_("loan"), orderable=False, attrs=NOWRAP)
    borrower = tables.Column(_("borrower"), orderable=False, attrs=NOWRAP)
    product = tables.Column(_("product"), accessor="loan__product", orderable=False)
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
        words = {1: _("1, the first"), 2: _("2, the second")}
        return words.get(value, value)

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

    def render_former(self, value):
        words = dict(Settlement.Kind.choices)
        return format_html('<span class="pill {}">{}</span>', KIND_TONES.get(value, "note"), words[value])

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

    def value_former(self, value):
        return str(dict(Settlement.Kind.choices)[value])

    def value_since(self, value):
        return (self.on - value).days

    def render_since(self, value):
        days = (self.on - value).days
        return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}


IMPORT_TONES = {"applied": "good", "checked": "note", "part": "warn", "refused": "bad", "undone": "bad"}


class ImportTable(tables.Table):
    name = tables.Column(_("files"), orderable=False)
    layout = tables.Column(_("layout"), orderable=False)
    status = tables.Column(_("status"), orderable=False)
    loans = tables.Column(_("loans"), accessor="counts__loans", orderable=False, attrs=RIGHT)
    rejected = tables.Column(_("rejected"), accessor="counts__rejected", orderable=False, attrs=RIGHT)
    staged = tables.Column(_("staged"), accessor="staged_at", orderable=False, attrs=NOWRAP)
    staged_by = tables.Column(_("staged by"), orderable=False)
    applied_by = tables.Column(_("applied by"), orderable=False)

    class Meta:
        model = ImportBatch
        fields = ()
        row_attrs = {"data-href": lambda record: reverse("servicing:import-detail", args=[record.pk])}

    def render_name(self, record, value):
        return format_html('<a href="{}">{}</a>', reverse("servicing:import-detail", args=[record.pk]), value)

    def render_status(self, record, value):
        return format_html('<span class="pill {}">{}</span>', IMPORT_TONES.get(record.status, "note"), value)

    def render_staged(self, value):
        return faces.instant(value)


class RejectTable(tables.Table):
    """Rows that were not taken: where they stand and why, never what stood there."""

    file = tables.Column(_("file"), orderable=False, attrs=NOWRAP)
    line = tables.Column(_("line"), orderable=False, attrs=RIGHT)
    column = tables.Column(_("column"), orderable=False)
    reason = tables.Column(_("reason"), accessor="words", orderable=False)
    key = tables.Column(_("key"), orderable=False, attrs={"td": {"class": "code"}})

    class Meta:
        model = Reject
        fields = ()

    def render_key(self, value):
        return blur(value)


MESSAGE_TONES = {"applied": "good", "refused": "bad", "held": "warn"}


class FeedMessageTable(tables.Table):
    """Messages of the feed: which, when and how far, never what they said."""

    sequence = tables.Column(_("no."), order_by="sequence", attrs=NOWRAP)
    source = tables.Column(_("source"), accessor="feed", orderable=False)
    kind = tables.Column(_("kind"), accessor="kind_words", orderable=False)
    loan = tables.Column(_("loan"), orderable=False, attrs={"td": {"class": "code nowrap"}})
    at = tables.Column(_("happened"), orderable=False, attrs=NOWRAP)
    received = tables.Column(_("received"), accessor="received_at", orderable=False, attrs=NOWRAP)
    status = tables.Column(_("status"), orderable=False)
    reason = tables.Column(_("reason"), accessor="words", orderable=False)

    class Meta:
        model = FeedMessage
        fields = ()
        row_attrs = {"data-href": lambda record: reverse("servicing:feed-message", args=[record.pk])}

    def render_sequence(self, record, value):
        return format_html('<a href="{}">{}</a>', reverse("servicing:feed-message", args=[record.pk]), value)

    def render_at(self, value):
        return faces.instant(value)

    def render_received(self, value):
        return faces.instant(value)

    def render_status(self, record, value):
        tone, words = MESSAGE_TONES.get(record.status, "note"), value
        if record.differs_at:
            tone, words = "bad", _("other content came")
        return format_html('<span class="pill {}">{}</span>', tone, words)

    def render_reason(self, record, value):
        return f"{record.field}: {value}" if record.field else value


APPROVAL_TONES = {"waiting": "note", "approved": "good", "refused": "bad"}


class ApprovalTable(tables.Table):
    number = tables.Column(_("no."), accessor="pk", orderable=False, attrs=NOWRAP)
    kind = tables.Column(_("what"), orderable=False)
    about = tables.Column(_("about"), accessor="shown__about", orderable=False)
    proposed_by = tables.Column(_("proposed by"), orderable=False, attrs=NOWRAP)
    proposed = tables.Column(_("proposed"), accessor="proposed_at", orderable=False, attrs=NOWRAP)
    lapses = tables.Column(_("lapses"), accessor="lapses_at", orderable=False, attrs=NOWRAP)
    status = tables.Column(_("status"), orderable=False)
    decided_by = tables.Column(_("decided by"), orderable=False, attrs=NOWRAP)

    class Meta:
        model = Approval
        fields = ()
        row_attrs = {"data-href": lambda record: reverse("servicing:approval-detail", args=[record.pk])}

    def render_number(self, record):
        return format_html(
            '<a class="code" href="{}">{}</a>', reverse("servicing:approval-detail", args=[record.pk]), record
        )

    def render_kind(self, value):
        known = controls.kinds().get(value)
        return known.words if known else value

    def render_proposed(self, value):
        return faces.instant(value)

    def render_lapses(self, value):
        return faces.instant(value)

    def render_status(self, record, value):
        return format_html('<span class="pill {}">{}</span>', APPROVAL_TONES.get(record.status, ""), value)

    def render_decided_by(self, record, value):
        if record.deputy_for is None:
            return value
        for_whom = _("for %(who)s") % {"who": record.deputy_for}
        return format_html('{} <span class="soft">{}</span>', value, for_whom)


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


class ExportTable(tables.Table):
    number = tables.Column(_("no."), accessor="pk", orderable=False, attrs=NOWRAP)
    title = tables.Column(_("list"), orderable=False)
    rows = tables.Column(_("rows"), accessor="ids", orderable=False, attrs=RIGHT)
    people = tables.Column(_("borrowers"), orderable=False, attrs=RIGHT)
    words = tables.Column(_("what for"), orderable=False)
    asked = tables.Column(_("asked for"), accessor="at", orderable=False, attrs=NOWRAP)
    state = tables.Column(_("file"), accessor="format", orderable=False, attrs=NOWRAP)

    class Meta:
        model = Export
        fields = ()

    def __init__(self, *args, at, **kwargs):
        # The instant at which a file can be fetched or no longer.
        self.at = at
        super().__init__(*args, **kwargs)

    def render_number(self, record):
        return str(record)

    def render_rows(self, value):
        return len(value)

    def render_people(self, value):
        return len(value)

    def render_asked(self, value):
        return faces.instant(value)

    def render_state(self, record):
        if record.is_open(at=self.at):
            url = reverse("servicing:export-file", args=[record.pk])
            words = _("fetch, until %(at)s") % {"at": faces.instant(record.expires_at)}
            return format_html('<a class="button small" href="{}">{}</a>', url, words)
        if record.ready_at:
            return _("expired")
        if record.approval is None:
            return "—"
        url = reverse("servicing:approval-detail", args=[record.approval_id])
        return format_html('<a href="{}">{}</a>', url, record.approval.get_status_display())


class LedgerTable(tables.Table):
    position = tables.Column(_("no."), accessor="link__position", orderable=False, attrs=NOWRAP)
    at = tables.Column(_("when"), orderable=False, attrs=NOWRAP)
    by = tables.Column(_("who"), orderable=False, attrs=NOWRAP)
    what = tables.Column(_("what"), orderable=False)
    target = tables.Column(_("about"), accessor="target_id", orderable=False, empty_values=(), attrs=NOWRAP)
    detail = tables.Column(_("detail"), orderable=False, attrs={"td": {"class": "code soft"}})

    class Meta:
        model = LedgerEntry
        fields = ()

    def __init__(self, *args, references=None, **kwargs):
        # Borrower ids on this page, with the reference that people read.
        self.references = references or {}
        super().__init__(*args, **kwargs)

    def render_at(self, value):
        return faces.instant(value)

    def render_what(self, value):
        return ACTS.get(value, value)

    def render_target(self, record):
        if reference := self.references.get((record.target_type, record.target_id)):
            return format_html(
                '<a class="code" href="{}">{}</a>', reverse("dossier", args=[reference]), reference
            )
        noun = TARGETS.get(record.target_type, record.target_type)
        return f"{noun} {record.target_id}" if noun else "—"

    def render_detail(self, value):
        parts = (
            f"{KEYS.get(key, key)}: {short(part)}" for key, part in value.items() if part not in ("", {}, [])
        )
        return ", ".join(parts)
