"""What failed payments can be narrowed by."""

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from feedback.models import FailureDay
from servicing.filters import DAY
from servicing.models import Payment
from servicing.templatetags import faces


def known(name):
    """The values of a column that ever failed, without looking at payments."""
    values = FailureDay.objects.exclude(**{name: ""}).order_by(name).values_list(name, flat=True).distinct()
    return list(values)


def channels():
    return [(code, faces.channel(code)) for code in known("channel")]


def errors():
    return [(code, faces.ERRORS.get(code, code)) for code in known("error_code")]


class FailureFilter(filters.FilterSet):
    channel = filters.ChoiceFilter(label=_("channel"), choices=channels, empty_label=_("all channels"))
    error_code = filters.ChoiceFilter(label=_("error"), choices=errors, empty_label=_("all errors"))
    tried_from = filters.DateFilter(
        label=_("tried from"), field_name="paid_on", lookup_expr="gte", widget=DAY
    )
    tried_to = filters.DateFilter(label=_("tried to"), field_name="paid_on", lookup_expr="lte", widget=DAY)

    class Meta:
        model = Payment
        fields = ()
