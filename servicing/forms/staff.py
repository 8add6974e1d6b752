"""What a person keeps as a view of a list."""

from django import forms


class ViewForm(forms.Form):
    """A name for the filters and the order of a list."""

    name = forms.CharField(max_length=40)
    is_default = forms.BooleanField(required=False)
    is_shared = forms.BooleanField(required=False)
