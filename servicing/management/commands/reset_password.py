from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from servicing.actions import staff
from servicing.models import Staff


class Command(BaseCommand):
    help = "Give a person a new password, print it, and end their sessions."

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, *args, username, **options):
        person = Staff.objects.filter(username=username, is_machine=False).first()
        if person is None:
            raise CommandError(f"There is nobody called {username}.")
        password = staff.password()
        staff.set_password(person=person, password=password, by=staff.machine("operator"), at=timezone.now())
        self.stdout.write(f"{username}  {password}")
