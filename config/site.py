"""Django's admin with our own door; leaving and a new password go by the door of the house."""

from django.contrib import admin
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from servicing.views.staff import SignOut


class AdminSite(admin.AdminSite):
    site_header = _("Aftercare administration")
    site_title = _("Aftercare")
    index_title = _("People, products, schedule, calendar, settings")
    site_url = "/"

    def has_permission(self, request):
        return request.user.is_authenticated and request.user.may("admin.enter")

    def password_change(self, request, extra_context=None):
        return redirect("password")

    def logout(self, request, extra_context=None):
        return SignOut.as_view()(request)
