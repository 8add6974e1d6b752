"""Migrations run as the owner; afterwards the site's role gets what it needs and the schedule its rows."""

from django.conf import settings
from django.core.management.commands import migrate
from django.db import connections

from config import grants, schedule


class Command(migrate.Command):
    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args, **options):
        super().handle(*args, **options)
        if options["database"] == "owner" and not options["plan"] and not options["check_unapplied"]:
            grants.give(connections["owner"], role=settings.DATABASES["default"]["USER"])
            if not options["app_label"]:
                schedule.ensure()
