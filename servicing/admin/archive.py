from django.contrib import admin

from servicing.admin.audited import Audited
from servicing.models import Product


@admin.register(Product)
class ProductAdmin(Audited):
    list_display = ("code", "name")
    search_fields = ("code", "name")

    def get_readonly_fields(self, request, obj=None):
        return ("code",) if obj else ()  # loans name their product by it

    def has_delete_permission(self, request, obj=None):
        return False  # and Django's own refusal would list those loans
