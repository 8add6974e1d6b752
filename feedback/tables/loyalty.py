"""Lists of loyalty: who stands where, campaigns, offers, holds."""

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from feedback.models import Campaign, Hold, Offer, Standing
from feedback.templatetags import loyalty
from servicing.tables import NOWRAP, borrower_link, borrower_text
from servicing.tables.archive import RIGHT
from servicing.templatetags import faces


def pill(tone, words):
    return format_html('<span class="pill {}">{}</span>', tone, words)


class OfBorrower(tables.Table):
    """A list whose rows are of a borrower each, masked in both ways of speaking."""

    borrower = tables.Column(_("borrower"), orderable=False, attrs=NOWRAP)

    def render_borrower(self, value):
        return borrower_link(value)

    def value_borrower(self, value):
        return borrower_text(value)


def explained(record):
    return reverse("feedback:standing-why", args=[record.borrower.reference])


class StandingTable(OfBorrower):
    folds = True
    marked = ("why",)
    tier = tables.Column(_("tier"), accessor="level", order_by="level")
    since = tables.Column(_("since"), accessor="since_on", order_by="since_on", attrs=NOWRAP)
    why = tables.Column(_("why"), accessor="level", orderable=False)
    falls = tables.Column(
        _("falls on"), accessor="falls_on", order_by="falls_on", empty_values=(), attrs=NOWRAP
    )
    fall = tables.Column(_("why it falls"), accessor="falls_on", orderable=False)

    class Meta:
        model = Standing
        fields = ()
        sequence = ("borrower", "tier", "since", "why", "falls", "fall")
        row_attrs = {"data-href": explained}

    def render_tier(self, record, value):
        return pill(loyalty.tier_tone(record.level), value)

    def value_tier(self, value):
        return str(value)

    def render_since(self, value):
        return faces.day(value)

    def value_since(self, value):
        return value.isoformat()

    def render_why(self, record):
        return format_html('<a href="{}">{}</a>', explained(record), loyalty.standing_sentence(record))

    def value_why(self, record):
        return loyalty.standing_sentence(record)

    def render_falls(self, record):
        return faces.day(record.falls_on)

    def value_falls(self, record):
        return record.falls_on.isoformat() if record.falls_on else ""

    def render_fall(self, record):
        return loyalty.fall_sentence(record)

    def value_fall(self, record):
        return loyalty.fall_sentence(record)


class CampaignTable(tables.Table):
    campaign = tables.Column(_("campaign"), accessor="pk", orderable=False, attrs=NOWRAP)
    title = tables.Column(_("title"), accessor="pk", orderable=False)
    kind = tables.Column(_("kind"), orderable=False)
    status = tables.Column(_("status"), orderable=False)
    starts = tables.Column(_("from"), accessor="starts_on", order_by="starts_on", attrs=NOWRAP)
    ends = tables.Column(_("to"), accessor="ends_on", order_by="ends_on", attrs=NOWRAP)
    spent = tables.Column(_("spent"), order_by="spent", attrs=RIGHT)
    budget = tables.Column(_("budget"), order_by="budget", attrs=RIGHT)

    class Meta:
        model = Campaign
        fields = ()
        row_attrs = {"data-href": lambda record: reverse("feedback:campaign-detail", args=[record.pk])}

    def render_campaign(self, record):
        url = reverse("feedback:campaign-detail", args=[record.pk])
        return format_html('<a class="code" href="{}">{}</a>', url, record)

    def render_title(self, record):
        return format_html("<bdi>{}</bdi>", record.title)

    def value_title(self, record):
        return record.title

    def render_status(self, record, value):
        return pill(loyalty.loyalty_tone(record.status), value)

    def render_starts(self, value):
        return faces.day(value)

    def render_ends(self, value):
        return faces.day(value)

    def render_spent(self, value):
        return faces.money(value)

    def render_budget(self, value):
        return faces.money(value)


class OfferTable(OfBorrower):
    folds = True
    marked = ("campaign", "status")
    campaign = tables.Column(_("campaign"), orderable=False)
    status = tables.Column(_("status"), orderable=False)
    drawn = tables.Column(_("offered on"), accessor="drawn_on", order_by="drawn_on", attrs=NOWRAP)
    expires = tables.Column(_("to"), accessor="expires_on", order_by="expires_on", attrs=NOWRAP)
    answered = tables.Column(
        _("answered"), accessor="answered_at", order_by="answered_at", attrs=NOWRAP
    )  # fmt: skip
    by = tables.Column(_("noted by"), accessor="answered_by", orderable=False, attrs=NOWRAP)

    class Meta:
        model = Offer
        fields = ()
        row_attrs = {"data-href": lambda record: reverse("feedback:offer-why", args=[record.pk])}

    def render_campaign(self, value):
        url = reverse("feedback:campaign-detail", args=[value.pk])
        return format_html('<a class="code" href="{}">{}</a> <bdi>{}</bdi>', url, value, value.title)

    def value_campaign(self, value):
        return f"{value} {value.title}"

    def render_status(self, record, value):
        return pill(loyalty.loyalty_tone(record.status), value)

    def value_status(self, value):
        return str(value)

    def render_drawn(self, value):
        return faces.day(value)

    def value_drawn(self, value):
        return value.isoformat()

    render_expires, value_expires = render_drawn, value_drawn

    def render_answered(self, value):
        return faces.instant(value)

    value_answered = render_answered

    def value_by(self, value):
        return str(value)


class HoldTable(OfBorrower):
    folds = True
    marked = ("reason",)
    hold = tables.Column(_("hold"), accessor="pk", orderable=False, attrs=NOWRAP)
    reason = tables.Column(_("reason"), orderable=False)
    start = tables.Column(_("from"), accessor="from_on", order_by="from_on", attrs=NOWRAP)
    end = tables.Column(_("until"), accessor="until_on", order_by="until_on", attrs=NOWRAP)
    people = tables.Column(_("placed and confirmed by"), accessor="placed_by", orderable=False)
    lifted = tables.Column(_("lifted on"), accessor="lifted_on", orderable=False, attrs=NOWRAP)

    class Meta:
        model = Hold
        fields = ()
        sequence = ("hold", "borrower", "...")
        row_attrs = {"data-href": lambda record: reverse("feedback:hold-detail", args=[record.pk])}

    def render_hold(self, record):
        url = reverse("feedback:hold-detail", args=[record.pk])
        return format_html('<a class="code" href="{}">{}</a>', url, record)

    def value_hold(self, record):
        return str(record)

    def render_start(self, value):
        return faces.day(value)

    def value_start(self, value):
        return value.isoformat()

    render_end, value_end = render_start, value_start
    render_lifted, value_lifted = render_start, value_start

    def render_people(self, record):
        return f"{record.placed_by}, {record.confirmed_by}"

    value_people = render_people
