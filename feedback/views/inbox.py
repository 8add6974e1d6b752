"""The inbox: what customers said, by the day on which it must be answered."""

from django.utils import timezone
from django.utils.translation import gettext_lazy

from feedback.filters import ResponseFilter
from feedback.models import Response
from feedback.tables import ResponseTable
from servicing.pages import ListPage


class ResponseList(ListPage):
    """Three tabs: what is mine, what nobody has taken yet, and everything I may see.

    What a borrower said whose data is only kept stands in the first two alone, for as long as it is open:
    it must be answered all the same.
    """

    right = "response.view"
    table_class = ResponseTable
    filterset_class = ResponseFilter
    template_name = "feedback/response_list.html"
    borrower = "borrower"
    tabs = {"tab": ("mine", "waiting", "all")}
    title = gettext_lazy("Feedback")
    lead = gettext_lazy("What customers said, by the day on which it must be answered.")
    empty_icon = "message-square"
    empty_title = gettext_lazy("Nothing waits here")
    empty_text = gettext_lazy("What a customer says is logged on the caller page and stands here at once.")

    @property
    def tab(self):
        asked = self.request.GET.get("tab", "")
        usual = "all" if self.person.may("response.browse") else "mine"
        return asked if asked in self.tabs["tab"] else usual

    @property
    def sort(self):  # type: ignore[override]
        return ("-received_at", "-pk") if self.tab == "all" else ("due_on", "pk")

    def sortable(self):
        """Praise has no last day, so everything together is not ordered by it."""
        found = super().sortable()
        return {name: path for name, path in found.items() if name != "due" or self.tab != "all"}

    def rows(self):
        if self.tab == "mine":
            return self.own().exclude(due_on=None)
        if self.tab == "waiting":
            return self.reachable().unowned().exclude(due_on=None)
        return self.reachable()

    def reachable(self):
        return self.visible().unrestricted(on=timezone.localdate())

    def own(self):
        """Also of borrowers whose data is only kept: what they were promised is still to be answered."""
        return self.visible().owned_by(self.person)

    def visible(self):
        return Response.objects.visible_to(self.person, on=timezone.localdate()).for_list_page()

    def make_table(self, rows):
        return ResponseTable(rows, on=timezone.localdate(), request=self.request)

    def get_context_data(self, **kwargs):
        mine = self.own().count()
        waiting = self.reachable().unowned().count()
        return super().get_context_data(**kwargs, mine=mine, waiting=waiting)
