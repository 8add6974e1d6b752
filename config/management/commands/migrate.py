"""Migrations run as the owner; afterwards the site's role gets what it needs and the schedule its rows."""

from django.conf import settings
from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from config import grants, schedule
from config.endings import Trouble


class Command(migrate.Command):
    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args, **options):
        if wanting := half_way(MigrationRecorder(connections[options["database"]]).applied_migrations()):
            words = _(
                "This database stopped between migrations that are one by now: run `migrate` of a version "
                "that still has %(name)s first, then of this one."
            )
            raise Trouble(words % {"name": wanting})
        super().handle(*args, **options)
        if options["database"] == "owner" and not options["plan"] and not options["check_unapplied"]:
            grants.give(connections["owner"], role=settings.DATABASES["default"]["USER"])
            if not options["app_label"]:
                schedule.ensure()


def half_way(applied):
    """The last migration of before that a database lacks, where it has a part of what one of ours replaces.

    Django would leave such a one of ours out in silence and build on what is not there.
    """
    loader = MigrationLoader(None)
    gone = [
        [key for key in ours.replaces if key not in loader.disk_migrations]
        for ours in loader.replacements.values()
    ]
    if any(0 < sum(key in applied for key in keys) < len(keys) for keys in gone):
        return ".".join(max(key for keys in gone for key in keys if key not in applied))
    return None
