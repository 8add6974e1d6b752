from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class AdminSite(admin.AdminSite):
    site_header = _("Aftercare administration")
    site_title = _("Aftercare")
    index_title = _("People, products, schedule, calendar, settings")
    site_url = "/"

    def has_permission(self, request):
        return request.user.is_authenticated and request.user.may("admin.enter")
