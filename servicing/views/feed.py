"""The loan core's feed: its door, how it stands, its messages, its days, and what a lead does about them."""

from django.db.models import OuterRef, Subquery
from django.http import JsonResponse, UnreadablePostError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from servicing.actions import feed, staff
from servicing.domain.feed.envelope import LARGEST
from servicing.filters import FeedMessageFilter
from servicing.forms import MendForm, PassForm
from servicing.models import Feed, FeedDay, FeedMessage, FeedRefusal, LedgerEntry, Loan
from servicing.pages import ListPage, ask, client_address, public, right
from servicing.tables import FeedMessageTable
from servicing.templatetags.ledger import ACTS

DAYS, REFUSALS = 31, 10
DECIDED = ("feed.retried", "feed.skipped", "feed.kept", "feed.accepted")
STATUS = {"forged": (401, {}), "too_many": (429, {"Retry-After": "300"})}
WHY_NOT = {
    "range": gettext_lazy("Only missing numbers can be passed over, from the first one on, at most 1,000."),
    "status": gettext_lazy("This does not wait for a person any more."),
    "reason": gettext_lazy("Say why in at least ten letters."),
}


@csrf_exempt
@require_POST
@public
def feed_deliver(request, source):
    """The core's own door: a signed body in, the first missing number out, and nothing of what was sent."""
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        return JsonResponse({"error": "too_large_delivery"}, status=413)
    try:
        missing = feed.deliver(
            source=source,
            seal=request.headers.get("Feed-Seal", ""),
            body=request.body,
            door=FeedRefusal.Door.HTTPS,
            by=staff.machine("core"),
            at=timezone.now(),
            address=client_address(request),
        )
    except feed.Refused as refused:
        status, more = STATUS.get(refused.reason, (422, {}))
        said = {"error": refused.reason, "line": refused.line}
        said |= {"faults": refused.faults} if refused.faults else {}
        return JsonResponse(said, status=status, headers=more)
    except feed.BadKeys:
        return JsonResponse({"error": "unavailable"}, status=503)
    except UnreadablePostError:
        return JsonResponse({"error": "cut_off"}, status=400)
    return JsonResponse({"next": missing})


@right("feed.health")
def feed_page(request):
    states = feed.states(at=timezone.now())
    for state in states:
        state["form"] = PassForm(auto_id=f"pass-{state['feed'].pk}-%s", initial={"last": state["missing"]})
    page = {
        "states": states,
        "doors": feed.doors(),
        "days": FeedDay.objects.select_related("feed__source", "accepted_by").order_by("-day", "feed")[:DAYS],
        "refusals": FeedRefusal.objects.order_by("-pk")[:REFUSALS],
    }
    return render(request, "servicing/feed.html", page)


@right("feed.health")
def feed_day(request, pk):
    day = get_object_or_404(FeedDay.objects.select_related("feed__source", "accepted_by"), pk=pk)
    waits = day.status in (FeedDay.Status.DIFFERENT, FeedDay.Status.LATE)
    page = {"day": day, "waits": waits, "form": MendForm(), "decided": decided(day)}
    return render(request, "servicing/feed_day.html", page)


def decided(target):
    """What people decided about a message or a day, with their reasons, oldest first."""
    acts = LedgerEntry.objects.about(target).filter(what__in=DECIDED)
    if isinstance(target, FeedMessage) and target.kind == FeedMessage.Kind.PASSED:
        passed = LedgerEntry.objects.about(target.feed).filter(what="feed.passed")
        acts = passed.filter(detail__first__lte=target.sequence, detail__last__gte=target.sequence)
    return [(entry, ACTS[entry.what]) for entry in acts.select_related("by").order_by("pk")]


class FeedMessageList(ListPage):
    right = "feed.view"
    table_class = FeedMessageTable
    filterset_class = FeedMessageFilter
    title = gettext_lazy("Messages of the feed")
    lead = gettext_lazy("Numbers and kinds only; what a message said of a person is sealed and never shown.")
    empty_icon = "rss"
    empty_title = gettext_lazy("No message has come yet")
    empty_text = gettext_lazy(
        "They begin with the first delivery of the loan core; how to connect it stands in docs/feed.md."
    )

    def rows(self):
        loans = Loan.objects.visible_to(self.request.user, on=timezone.localdate())
        named = loans.filter(source=OuterRef("feed"), external_id=OuterRef("loan"))
        return FeedMessage.objects.for_feed_page().annotate(loan_pk=Subquery(named.values("pk")[:1]))


@right("feed.view")
def feed_message(request, pk):
    message = get_object_or_404(FeedMessage.objects.for_feed_page(), pk=pk)
    behind = FeedMessage.objects.filter(feed=message.feed, status=FeedMessage.Status.HELD)
    loans = Loan.objects.visible_to(request.user, on=timezone.localdate())
    page = {
        "message": message,
        "loan": loans.filter(source=message.feed_id, external_id=message.loan).first(),
        "behind": behind.filter(loan=message.loan).count() if message.status == "refused" else 0,
        "form": MendForm(),
        "decided": decided(message),
        "contents": message.contents,
        "is_alike": all(first == second for _what, first, second in message.contents),
    }
    return render(request, "servicing/feed_message.html", page)


@require_POST
@right("feed.mend")
def feed_retry(request, pk):
    return mend(request, feed.retry, message=get_object_or_404(FeedMessage, pk=pk))


@require_POST
@right("feed.mend")
def feed_skip(request, pk):
    return mend(request, feed.skip, message=get_object_or_404(FeedMessage, pk=pk), **reason(request))


@require_POST
@right("feed.mend")
def feed_keep(request, pk):
    return mend(request, feed.keep, message=get_object_or_404(FeedMessage, pk=pk), **reason(request))


@require_POST
@right("feed.mend")
def feed_accept(request, pk):
    return mend(request, feed.accept, day=get_object_or_404(FeedDay, pk=pk), **reason(request))


@require_POST
@right("feed.mend")
def feed_pass(request, pk):
    form = PassForm(request.POST)
    last = form.cleaned_data["last"] if form.is_valid() else 0
    why = form.cleaned_data.get("reason", "")
    return mend(request, feed.pass_over, feed=get_object_or_404(Feed, pk=pk), last=last, reason=why)


def reason(request):
    form = MendForm(request.POST)
    return {"reason": form.cleaned_data["reason"] if form.is_valid() else ""}


def mend(request, verb, **about):
    """Do a verb about one message or day, where it waits for this person; back to its page either way."""
    ask(
        request,
        verb,
        done=_("Done; the ledger has it."),
        refused=feed.NotAllowed,
        words=WHY_NOT,
        otherwise=_("Your role does not allow this."),
        **about,
    )
    if "feed" in about:
        return redirect("servicing:feed")
    noun = "feed-message" if "message" in about else "feed-day"
    return redirect(f"servicing:{noun}", next(iter(about.values())).pk)
