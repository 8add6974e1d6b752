"""What every page of the admin stands on: one right, one trail, plain fields."""

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import BadRequest
from django.db import models, transaction
from django.utils import timezone
from django.utils.text import capfirst

from servicing.actions import ledger
from servicing.filters import DAY


class Audited(admin.ModelAdmin):
    """Whoever may enter may change; each change is one ledger row in the same transaction."""

    # Django's own date fields bring a calendar that writes inline styles, which our policy forbids.
    formfield_overrides = {models.DateField: {"widget": DAY}}
    show_facets = admin.ShowFacets.NEVER

    @property
    def media(self):
        return forms.Media(js=["admin/js/actions.js"])

    def has_view_permission(self, request, obj=None):
        return request.user.may("admin.enter")

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission
    has_module_permission = has_view_permission

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        # A choice is a choice: rows of another list are added in that list, not in a second window.
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def lookup_allowed(self, lookup, value, request):
        """Only what a filter of the page offers; an address cannot feel its way through other columns."""
        offered = [each[0] if isinstance(each, tuple) else each for each in self.get_list_filter(request)]
        return lookup.partition("__")[0] in offered

    def changelist_view(self, request, extra_context=None):
        if any("\0" in text for name, texts in request.GET.lists() for text in (name, *texts)):
            raise BadRequest("PostgreSQL has no text with a zero byte")
        if not all(pk.isdecimal() for pk in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest("rows are chosen by their number")
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))

    def _record(self, request, what, target, detail=None):
        ledger.record(what=what, target=target, by=request.user, at=timezone.now(), detail=detail)

    def construct_change_message(self, request, form, formsets, add=False):
        """{field: [before, after]}; a password is named and never shown."""
        return {
            field: ["", ""]
            if "password" in field
            else [str(form.initial.get(field, "")), str(form.cleaned_data[field])]
            for field in form.changed_data
            if field in form.cleaned_data
        }

    def log_addition(self, request, obj, message):
        self._record(request, f"{obj._meta.model_name}.added", obj, {"change": message})

    def log_change(self, request, obj, message):
        self._record(request, f"{obj._meta.model_name}.changed", obj, {"change": message})

    def log_deletions(self, request, queryset):
        for obj in queryset:
            self._record(request, f"{obj._meta.model_name}.deleted", obj, {"was": str(obj)})

    def response_action(self, request, queryset):  # type: ignore[override]
        # Django's own action writes the trail and deletes in two calls: one transaction.
        with transaction.atomic():
            return super().response_action(request, queryset)
