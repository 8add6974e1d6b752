"""What lists of loyalty can be narrowed by."""

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from feedback.models import Campaign, Hold, Level, Offer, Standing
from servicing.filters import DAY


class StandingFilter(filters.FilterSet):
    level = filters.ChoiceFilter(label=_("tier"), choices=Level.choices, empty_label=_("all tiers"))
    falls_to = filters.DateFilter(label=_("falls by"), field_name="falls_on", lookup_expr="lte", widget=DAY)

    class Meta:
        model = Standing
        fields = ()


class CampaignFilter(filters.FilterSet):
    status = filters.ChoiceFilter(
        label=_("status"), choices=Campaign.Status.choices, empty_label=_("all statuses")
    )
    kind = filters.ChoiceFilter(label=_("kind"), choices=Campaign.Kind.choices, empty_label=_("all kinds"))

    class Meta:
        model = Campaign
        fields = ()


class OfferFilter(filters.FilterSet):
    campaign = filters.ModelChoiceFilter(
        label=_("campaign"), queryset=Campaign.objects.order_by("-pk"), empty_label=_("all campaigns")
    )
    status = filters.ChoiceFilter(
        label=_("status"),
        choices=[each for each in Offer.Status.choices if each[0] != "held_out"],
        empty_label=_("all statuses"),
    )
    drawn_from = filters.DateFilter(
        label=_("offered from"), field_name="drawn_on", lookup_expr="gte", widget=DAY
    )

    class Meta:
        model = Offer
        fields = ()


class HoldFilter(filters.FilterSet):
    until = filters.DateFilter(label=_("ends by"), field_name="until_on", lookup_expr="lte", widget=DAY)

    class Meta:
        model = Hold
        fields = ()
