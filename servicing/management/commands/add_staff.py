from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from servicing.actions import staff
from servicing.domain.staff import ROLES
from servicing.models import Staff


class Command(BaseCommand):
    help = "Add a person with a role and print a password for the first sign-in."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("role", choices=ROLES)
        parser.add_argument("--name", default="")

    def handle(self, *args, username, role, name, **options):
        if Staff.objects.filter(username=username).exists():
            raise CommandError(f"There is already a person called {username}.")
        password = staff.password()
        staff.join(
            username=username,
            name=name or username,
            role=role,
            password=password,
            by=staff.machine("operator"),
            at=timezone.now(),
        )
        self.stdout.write(f"{username}  {password}")
