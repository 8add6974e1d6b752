"""Decisions about the feed's messages and days."""

from django import forms
from django.utils.translation import gettext_lazy as _

from servicing.forms.ledger import ReasonField


class MendForm(forms.Form):
    """Why a message is left out, the first of two contents kept, or a day's difference accepted."""

    reason = ReasonField(_("Why"))


class PassForm(MendForm):
    """Up to which number nothing will come any more, and why."""

    last = forms.IntegerField(label=_("Up to number"), min_value=1, max_value=10**18)
    field_order = ("last", "reason")
