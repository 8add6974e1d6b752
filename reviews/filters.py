"""What lists of reviews can be narrowed by."""

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from reviews.models import Alert, Case, RuleVersion, Settled
from servicing.filters import DAY
from servicing.models import Product, Run, Shard, Staff


def rules():
    """All rules that ever judged, by their names of now."""
    return list(RuleVersion.objects.names().items())


class AlertFilter(filters.FilterSet):
    rule = filters.ChoiceFilter(label=_("rule"), choices=rules, empty_label=_("all rules"))
    status = filters.ChoiceFilter(
        label=_("status"), choices=Alert.Status.choices, empty_label=_("all statuses")
    )
    opening = filters.ChoiceFilter(
        label=_("opening balance"),
        field_name="is_opening",
        choices=[("True", _("only the opening balance")), ("False", _("without the opening balance"))],
        empty_label=_("with and without"),
    )

    class Meta:
        model = Alert
        fields = ()


class CaseFilter(filters.FilterSet):
    status = filters.ChoiceFilter(
        label=_("status"), choices=Case.Status.choices, empty_label=_("open and closed")
    )
    group = filters.ChoiceFilter(
        label=_("subject"), choices=Case.Group.choices, empty_label=_("all subjects")
    )
    owner = filters.ModelChoiceFilter(
        label=_("with"),
        queryset=Staff.objects.filter(role__name__in=["risk", "risk_lead"]).order_by("name"),
        empty_label=_("everybody"),
    )
    due_to = filters.DateFilter(label=_("due by"), field_name="due_on", lookup_expr="lte", widget=DAY)

    class Meta:
        model = Case
        fields = ()


class CoverageFilter(filters.FilterSet):
    product = filters.ModelChoiceFilter(
        label=_("product of the last loan"),
        field_name="last_product",
        queryset=Product.objects.order_by("name"),
        empty_label=_("all products"),
    )
    settled_from = filters.DateFilter(
        label=_("settled from"), field_name="last_settled_on", lookup_expr="gte", widget=DAY
    )
    settled_to = filters.DateFilter(
        label=_("settled to"), field_name="last_settled_on", lookup_expr="lte", widget=DAY
    )

    class Meta:
        model = Settled
        fields = ()


class RunFilter(filters.FilterSet):
    status = filters.ChoiceFilter(
        label=_("status"), choices=Run.Status.choices, empty_label=_("all statuses")
    )
    whom = filters.ChoiceFilter(
        label=_("whom"),
        choices=[("book", _("everybody")), ("some", _("some who were chosen"))],
        empty_label=_("everybody and some"),
        method="of_whom",
    )

    class Meta:
        model = Run
        fields = ()

    def of_whom(self, rows, name, value):
        book = {"params__borrower": None}
        return rows.filter(**book) if value == "book" else rows.exclude(**book)


class ShardFilter(filters.FilterSet):
    status = filters.ChoiceFilter(
        label=_("status"), choices=Shard.Status.choices, empty_label=_("all statuses")
    )
    worker = filters.CharFilter(label=_("worker"), max_length=100)

    class Meta:
        model = Shard
        fields = ()
