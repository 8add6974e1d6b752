"""Topics: the model and how well it does, the list of them, and the verbs beside a response."""

from django.db.models import Count, F, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from feedback.actions import topics
from feedback.domain.topics import lines
from feedback.forms import TopicForm
from feedback.models import Response, Topic, TopicModel
from feedback.templatetags.topics import about, refusal
from feedback.views.responses import seen
from servicing.actions import periods
from servicing.pages import ask, right

VERSIONS = 10


@right("topic.view")
def topic_page(request):
    """What is suggested and how often it is right; what there is to learn from."""
    versions = list(TopicModel.objects.figures()[:VERSIONS])
    newest = versions[0] if versions else None
    decided = Response.objects.exclude(topic="")
    page = {
        "model": newest,
        "versions": versions,
        "lines": lines(newest.trial) if newest else [],
        **(since(newest.trained_at) if newest else {}),
        "labelled": decided.count(),
        "least": periods.value("topic.least", on=timezone.localdate()),
        "topics": Topic.objects.order_by(F("retired_at").asc(nulls_first=True), "name"),
        "form": TopicForm(),
    }
    return render(request, "feedback/topics.html", page)


def since(at):
    """How many topics were decided beside a suggestion since then, and how many as it said."""
    asked = Response.objects.filter(topic_at__gte=at).exclude(topic_suggested="")
    return asked.aggregate(asked=Count("pk"), followed=Count("pk", filter=Q(topic_suggested=F("topic"))))


@require_POST
@right("topic.manage")
def topic_add(request):
    return about_list(request, topics.add, done=_("Added."), name=request.POST.get("name", ""))


@require_POST
@right("topic.manage")
def topic_retire(request, pk):
    return about_list(request, topics.retire, done=_("Retired."), topic=get_object_or_404(Topic, pk=pk))


@require_POST
@right("topic.manage")
def topic_bring_back(request, pk):
    topic = get_object_or_404(Topic, pk=pk)
    return about_list(request, topics.bring_back, done=_("Offered again."), topic=topic)


def about_list(request, verb, *, done, **rest):
    words = {code: refusal(code) for code in ("name", "there")}
    ask(request, verb, done=done, refused=topics.NotAllowed, words=words, otherwise=refusal("right"), **rest)
    return redirect("feedback:topics")


@require_POST
@right("topic.decide")
def topic_decide(request, reference):
    """Say what a response is about; its panel again."""
    response, trouble = seen(request, reference), ""
    try:
        response = topics.decide(
            response=response, topic=request.POST.get("topic", ""), by=request.user, at=timezone.now()
        )
    except topics.NotAllowed as refused:
        trouble = refusal(str(refused))
    return render(request, "feedback/_topic.html", about(response) | {"trouble": trouble})


@require_POST
@right("topic.decide")
def topic_suggest(request):
    """What words that are being typed may be about; they are sent in the body and kept nowhere."""
    words = request.POST.get("words", "")[:4000]
    return render(request, "feedback/_suggestion.html", {"suggestion": topics.suggest(words)})
