"""What the list of responses can be narrowed by."""

import django_filters as filters
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback.models import Response, Survey, Topic
from feedback.templatetags.surveys import SCORES
from servicing.filters import DAY


def topics():
    """The lender's list, also what was retired: responses still bear it."""
    return [(name, name) for name in Topic.objects.order_by("name").values_list("name", flat=True)]


class ResponseFilter(filters.FilterSet):
    kind = filters.ChoiceFilter(label=_("kind"), choices=Response.Kind.choices, empty_label=_("every kind"))
    status = filters.ChoiceFilter(
        label=_("status"), choices=Response.Status.choices, empty_label=_("all statuses")
    )
    where = filters.ChoiceFilter(
        label=_("where it hurt"), choices=Response.Where.choices, empty_label=_("everywhere")
    )
    topic = filters.ChoiceFilter(label=_("topic"), choices=topics, empty_label=_("all topics"))
    channel = filters.ChoiceFilter(
        label=_("how it came"), choices=Response.Channel.choices, empty_label=_("all channels")
    )
    clock = filters.ChoiceFilter(
        label=_("clock"), method="by_clock", empty_label=_("any"),
        choices=[("overdue", _("overdue")), ("today", _("due today"))],
    )  # fmt: skip
    hotline = filters.ChoiceFilter(
        label=_("forwarded by"), choices=Response.Hotline.choices, empty_label=_("anybody or nobody")
    )
    since = filters.DateFilter(
        label=_("received from"), field_name="received_on", lookup_expr="gte", widget=DAY
    )

    class Meta:
        model = Response
        fields = ()

    def by_clock(self, rows, name, value):
        on = timezone.localdate()
        return rows.overdue(on=on) if value == "overdue" else rows.unresolved().filter(due_on=on)


class SurveyFilter(filters.FilterSet):
    score = filters.ChoiceFilter(label=_("score"), choices=list(SCORES.items()), empty_label=_("any"))
    is_answered = filters.BooleanFilter(
        label=_("answered"), field_name="answered_at", lookup_expr="isnull", exclude=True,
        widget=forms.Select(choices=[("", _("with and without")), ("true", _("yes")), ("false", _("no"))]),
    )  # fmt: skip
    asked_from = filters.DateFilter(
        label=_("asked from"), field_name="planned_on", lookup_expr="gte", widget=DAY
    )

    class Meta:
        model = Survey
        fields = ()
