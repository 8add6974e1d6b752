"""What a response is about: what was decided, what is suggested, and the words of refusals."""

from django import template
from django.utils.translation import gettext_lazy as _

from feedback.actions import topics
from feedback.models import Topic

register = template.Library()

REFUSALS = {
    "right": _("Your role does not do this."),
    "name": _("A topic is a word of at most 32 signs that can be seen, and no number of a person."),
    "there": _("This topic is on the list already; look among the retired ones, too."),
    "unknown": _("Choose one of the topics on the list."),
}


def refusal(code):
    return REFUSALS[code]


@register.inclusion_tag("feedback/_topic.html", takes_context=True)
def suggested_topic(context, response):
    """The panel of a response: its topic, the suggestion, and the choice of whoever may decide."""
    return about(response) | {"rights": context.get("rights", ()), "csrf_token": context.get("csrf_token")}


def about(response):
    return {
        "response": response,
        "suggestion": topics.suggest(response.words),
        "topics": list(Topic.objects.offered()),
    }


@register.inclusion_tag("feedback/_suggest.html")
def suggest_topic():
    """Beside a field named `words`: what they may be about, asked for as they are typed."""
    return {}


@register.filter
def of_hundred(share):
    """How often in a hundred times, to the whole."""
    return f"{100 * share:.0f}"


@register.filter
def hundredths(share):
    """A share as a number from 0 to 100."""
    return f"{100 * share:.1f}"
