from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

from config.portfolio import million
from servicing.actions import staff


class Command(BaseCommand):
    help = "Make a large fictional portfolio for measurements; what is there of it already stays."

    def add_arguments(self, parser):
        parser.add_argument("--borrowers", type=int, required=True, help="how many there are to be")
        parser.add_argument("--seed", type=int, default=1, help="another seed is another portfolio (1)")

    def handle(self, *, borrowers, seed, **options):
        count = million.make(
            borrowers=borrowers,
            seed=seed,
            by=staff.machine("operator"),
            at=timezone.now(),
            progress=self.tell,
        )
        with connection.cursor() as cursor:
            cursor.execute("analyze")
        self.stdout.write(f"{count:,} borrowers made")

    def tell(self, done, total):
        self.stderr.write(f"\r{done:,}/{total:,} ", ending="")
