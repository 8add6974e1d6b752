"""Who was told of what became of what they had reported."""

from django.db import models
from django.db.models import Q

from feedback.models.responses import Response
from servicing.models import Message


class ToldQuerySet(models.QuerySet):
    def about(self, responses):
        """What was told to those who raised these responses, or a voice merged into one; newest first."""
        rows = self.filter(Q(response__in=responses) | Q(response__merged_into__in=responses))
        return rows.select_related("response", "message__borrower", "message__queued_by").order_by("-pk")

    def since(self, at):
        return self.filter(message__queued_at__gte=at)


class Told(models.Model):
    """One message to one of those who reported, by the first of the responses that they gave."""

    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="+")
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="+")

    objects = ToldQuerySet.as_manager()

    def __str__(self):
        return f"{self.response_id} {self.message_id}"


def untold(responses, *, since):
    """Those of some responses (a QuerySet) whose owners were told of none of them since an instant."""
    told = Told.objects.about(responses.order_by()).since(since).order_by()
    return responses.exclude(borrower__in=told.values("response__borrower"))
