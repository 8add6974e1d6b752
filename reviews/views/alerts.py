"""Alerts as a list."""

from django.utils.translation import gettext_lazy

from reviews.filters import AlertFilter
from reviews.models import Alert
from reviews.tables import AlertTable
from servicing.pages import ListPage


class AlertList(ListPage):
    right = "alert.browse"
    table_class = AlertTable
    filterset_class = AlertFilter
    title = gettext_lazy("Alerts")
    lead = gettext_lazy("A rule that fires for a borrower, from the day it fired until the day it stopped.")
    borrower = "borrower"
    empty_icon = "bell-ring"
    empty_title = gettext_lazy("No rule has fired yet")
    empty_text = gettext_lazy("Alerts come with a recheck. A risk officer can start one on the recheck page.")

    def rows(self):
        return Alert.objects.for_list_page()
