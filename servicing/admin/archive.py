"""Products: their names, and by which conventions their contracts count. Sources: who may tell us what."""

from dataclasses import asdict

from django import forms
from django.contrib import admin

from servicing.admin.audited import Audited
from servicing.domain.archive.conventions import CHOICES, Conventions
from servicing.models import Product, Source
from servicing.templatetags.conventions import ANSWERS, QUESTIONS


def question(name):
    answers = [(code, ANSWERS[name, code]) for code in CHOICES[name]]
    return forms.ChoiceField(label=QUESTIONS[name], choices=answers)


ASKED = [name for name in QUESTIONS if len(CHOICES[name]) > 1]
Questions = type("Questions", (forms.Form,), {name: question(name) for name in ASKED})


class ProductForm(Questions, forms.ModelForm):  # type: ignore[misc, valid-type]
    """A choice for each convention; together they are the product's JSON."""

    class Meta:
        model = Product
        fields = ("code", "name")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial = {**asdict(Conventions.of(self.instance.conventions)), **self.initial}

    def _post_clean(self):
        super()._post_clean()
        chosen = {name: self.cleaned_data[name] for name in ASKED if name in self.cleaned_data}
        self.instance.conventions |= chosen


@admin.register(Product)
class ProductAdmin(Audited):
    form = ProductForm
    list_display = ("code", "name")
    search_fields = ("code", "name")

    def get_readonly_fields(self, request, obj=None):
        return ("code",) if obj else ()  # loans name their product by it

    def has_delete_permission(self, request, obj=None):
        return False  # and Django's own refusal would list those loans


@admin.register(Source)
class SourceAdmin(Audited):
    fields = ("code", "name", "licence", "declares_consent")
    list_display = ("code", "name", "licence", "declares_consent", "opened_on")
    search_fields = ("code", "name")

    def get_readonly_fields(self, request, obj=None):
        return ("code",) if obj else ()  # facts bear it

    def has_delete_permission(self, request, obj=None):
        return False  # whatever came from it stays
