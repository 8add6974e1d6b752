"""What lists of servicing can be narrowed by; the state lives in the URL."""

import re
from datetime import datetime, time, timedelta

import django_filters as filters
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from servicing.charts import BUCKET_WORDS
from servicing.domain import privacy
from servicing.models import (
    Borrower,
    FeedMessage,
    LedgerEntry,
    Objection,
    OldestDue,
    PayoffStep,
    Product,
    Settlement,
    Staff,
)
from servicing.templatetags.ledger import ACTS

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class LoanFilter(filters.FilterSet):
    product = filters.ModelChoiceFilter(
        label=_("product"), field_name="loan__product", queryset=Product.objects.order_by("name"),
        empty_label=_("all products"),
    )  # fmt: skip
    kind = filters.ChoiceFilter(label=_("how it ended"), choices=Settlement.ENDS, empty_label=_("all kinds"))
    settled_from = filters.DateFilter(
        label=_("settled from"), field_name="settled_on", lookup_expr="gte", widget=DAY
    )
    settled_to = filters.DateFilter(
        label=_("settled to"), field_name="settled_on", lookup_expr="lte", widget=DAY
    )
    late_min = filters.NumberFilter(
        label=_("worst days past due, at least"), field_name="worst_dpd", lookup_expr="gte", min_value=0
    )

    class Meta:
        model = Settlement
        fields = ()


class StepFilter(filters.FilterSet):
    kind = filters.ChoiceFilter(label=_("step"), choices=PayoffStep.Kind.choices, empty_label=_("all steps"))
    due_to = filters.DateFilter(label=_("due up to"), field_name="due_on", lookup_expr="lte", widget=DAY)
    settled_from = filters.DateFilter(
        label=_("settled from"), field_name="loan__settled_on", lookup_expr="gte", widget=DAY
    )

    class Meta:
        model = PayoffStep
        fields = ()


class FeedMessageFilter(filters.FilterSet):
    status = filters.ChoiceFilter(
        label=_("status"), choices=FeedMessage.Status.choices, empty_label=_("all statuses")
    )
    kind = filters.ChoiceFilter(
        label=_("kind"), choices=FeedMessage.Kind.choices, empty_label=_("all messages")
    )
    day = filters.DateFilter(label=_("business day"), widget=DAY)
    loan = filters.CharFilter(label=_("loan number, exactly"), max_length=64)
    differs = filters.BooleanFilter(
        label=_("other content came"), field_name="differs_at", lookup_expr="isnull", exclude=True,
        widget=forms.Select(choices=[("", _("with and without")), ("true", _("yes"))]),
    )  # fmt: skip

    class Meta:
        model = FeedMessage
        fields = ()


class MonitorFilter(filters.FilterSet):
    product = filters.ModelChoiceFilter(
        label=_("product"), field_name="loan__product", queryset=Product.objects.order_by("name"),
        empty_label=_("all products"),
    )  # fmt: skip
    bucket = filters.ChoiceFilter(
        label=_("days past due"), choices=list(BUCKET_WORDS.items()), empty_label=_("any"), method="late_by"
    )
    former = filters.ChoiceFilter(
        label=_("former loan ended"),
        field_name="former_kind",
        choices=Settlement.ENDS,
        empty_label=_("all kinds"),
    )
    due = filters.DateFilter(label=_("oldest unpaid due on"), field_name="due_on", widget=DAY)

    class Meta:
        model = OldestDue
        fields = ()

    def late_by(self, rows, name, value):
        return rows.in_bucket(value, on=timezone.localdate())


class ObjectionFilter(filters.FilterSet):
    status = filters.ChoiceFilter(
        label=_("status"), choices=Objection.Status.choices, empty_label=_("all statuses")
    )
    due_to = filters.DateFilter(label=_("due up to"), field_name="due_on", lookup_expr="lte", widget=DAY)
    received_from = filters.DateFilter(
        label=_("received from"), field_name="received_on", lookup_expr="gte", widget=DAY
    )

    class Meta:
        model = Objection
        fields = ()


class LedgerFilter(filters.FilterSet):
    what = filters.ChoiceFilter(label=_("what"), choices=sorted(ACTS.items()), empty_label=_("all acts"))
    by = filters.ModelChoiceFilter(
        label=_("who"), queryset=Staff.objects.order_by("name"), empty_label=_("everybody")
    )
    day = filters.DateFilter(label=_("day"), method="of_day", widget=DAY)
    target = filters.CharFilter(
        label=_("about (borrower reference or case number)"), method="about", max_length=24
    )

    class Meta:
        model = LedgerEntry
        fields = ()

    def of_day(self, rows, name, value):
        """From midnight to midnight: as instants, which an index knows."""
        began = timezone.make_aware(datetime.combine(value, time.min))
        return rows.filter(at__gte=began, at__lt=began + timedelta(days=1))

    def about(self, rows, name, value):
        """Entries about one borrower or one case; what reads like neither is about nothing."""
        if case := re.fullmatch(r"[Cc](\d+)", value.strip()):
            return rows.filter(target_type="reviews.case", target_id=case[1])
        borrower = Borrower.objects.filter(reference=privacy.reference(value)).first()
        return rows.about(borrower) if borrower else rows.none()
