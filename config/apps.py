from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.core import checks


class ConfigApp(AppConfig):
    """The roof over all three apps: commands, pages that span apps, the catalogues."""

    name = "config"

    def ready(self):
        # The nudges of every process go to our broker, not to Celery's default one.
        from config import catalogues, celery  # noqa: F401
        from servicing import pages

        catalogues.compile_all()
        checks.register(pages.every_view_declares_its_right)


class AdminApp(AdminConfig):
    """Django's admin with our door: the right `admin.enter` instead of a flag on the user."""

    default_site = "config.site.AdminSite"
