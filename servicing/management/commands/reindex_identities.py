"""Index identity numbers of fifteen digits by their eighteen, once, where there are older ones."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from servicing.actions import privacy, staff


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options):
        mended, taken = privacy.reindex(by=staff.machine("operator"), at=timezone.now())
        self.stdout.write(f"{mended} indexed anew, {taken} are another borrower's number in its other form")
