"""What people enter about responses; forms validate, actions write."""

from django import forms
from django.utils.translation import gettext_lazy as _


class TopicForm(forms.Form):
    """A new word of the list of topics."""

    name = forms.CharField(
        label=_("New topic"), max_length=32, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
