"""Words for proposals, in the language of whoever reads them."""

from django import template
from django.utils.translation import get_language

from servicing.models import Export
from servicing.templatetags.faces import number
from servicing.templatetags.periods import setting_name

register = template.Library()


def in_my_language(shown):
    """What a proposal shows, with the words in the reader's language where it was frozen in several."""
    return shown | shown.get("spoken", {}).get(get_language(), {})


@register.filter
def about_words(shown):
    """What a proposal is about, on one line."""
    if "spoken" in shown:
        return f"{in_my_language(shown)['list']} ({number(shown['rows'])})"
    return setting_name(shown.get("about", ""))


@register.filter
def file_format(code):
    return dict(Export.Format.choices).get(code, code)


@register.filter
def export_reason(code):
    """Which of the reasons a file was asked for with."""
    return dict(Export.Reason.choices).get(code, code)
