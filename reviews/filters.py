"""What lists of reviews can be narrowed by."""

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from reviews.models import Alert, Case, RuleVersion
from servicing.filters import DAY
from servicing.models import Staff


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
