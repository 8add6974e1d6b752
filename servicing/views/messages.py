"""Messages to borrowers: the list, what is stuck, and what a person does about it."""

from django.conf import settings
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from servicing.actions import messages as outgoing
from servicing.actions import privacy
from servicing.filters import MessageFilter
from servicing.models import Message
from servicing.pages import ListPage, ask, right
from servicing.tables import MessageTable


def refusals():
    return {
        "right": _("Your role may not do this."),
        "over": _("This message does not wait for a person any more. Look again."),
        "restricted": _("Processing of this borrower's data is restricted: nothing is sent."),
        "no_phone": _("No phone number of this borrower is on file."),
        "opted_out": _("The borrower has said no to such messages."),
        "no_consent": _("The borrower has not agreed to advertising."),
    }


class MessageList(ListPage):
    right = "message.view"
    template_name = "servicing/message_list.html"
    table_class = MessageTable
    filterset_class = MessageFilter
    sort = ("-queued_at",)
    title = gettext_lazy("Messages to borrowers")
    lead = gettext_lazy("To whom, when and how it went; what a message said is sealed and gone once it left.")
    borrower = "borrower"
    empty_icon = "send"
    empty_title = gettext_lazy("No message yet")
    empty_text = gettext_lazy("They come with certificates sent, surveys after payoffs, news and offers.")

    def rows(self):
        seen = Message.objects.visible_to(self.person, on=timezone.localdate())
        return seen.for_message_page()

    def get_context_data(self, **kwargs):
        seen = Message.objects.visible_to(self.person, on=timezone.localdate())
        oldest = seen.waiting().order_by("queued_at").values_list("queued_at", flat=True).first()
        page = {"stuck": seen.stuck().count(), "oldest": oldest, "gateway": settings.MESSAGES["gateway"]}
        return super().get_context_data(**kwargs, **page)


def sought(request, pk):
    """The message, for whoever may see it."""
    seen = Message.objects.visible_to(request.user, on=timezone.localdate())
    return get_object_or_404(seen.for_message_page(), pk=pk)


@right("message.view")
def message_detail(request, pk):
    message = sought(request, pk)
    privacy.viewed(message.borrower, by=request.user, at=timezone.now())
    return render(request, "servicing/message_detail.html", {"message": message})


def settled(request, pk, verb, done):
    """Do what a person decided about a stuck message, say what came of it, and show it again."""
    message, words = sought(request, pk), refusals()
    ask(
        request,
        verb,
        done=done,
        refused=outgoing.NotAllowed,
        words=words,
        otherwise=words["right"],
        message=message,
    )
    return redirect("servicing:message-detail", pk)


@require_POST
@right("message.settle")
def message_resend(request, pk):
    return settled(request, pk, outgoing.resend, _("It is in the line again, under the same key."))


@require_POST
@right("message.settle")
def message_mark(request, pk):
    return settled(request, pk, outgoing.mark_sent, _("Marked as sent."))


@require_POST
@right("message.settle")
def message_drop(request, pk):
    return settled(request, pk, outgoing.drop, _("Dropped: it is not sent any more."))
