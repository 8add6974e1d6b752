"""The token that lets what is typed into a form survive the end of a session."""

from django import template
from django.utils.html import format_html

from servicing.actions import drafts

register = template.Library()


@register.simple_tag(takes_context=True)
def typed_by(context):
    """Who types here, so that the form survives the end of the session."""
    person = context["request"].user
    return format_html('<input type="hidden" name="typed_by" value="{}">', drafts.token(person))
