"""The scores of a survey in words."""

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

SCORES = {
    5: _("very satisfied"),
    4: _("satisfied"),
    3: _("neither"),
    2: _("dissatisfied"),
    1: _("very dissatisfied"),
}
