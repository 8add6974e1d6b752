from django.core.management.base import BaseCommand, CommandError

from servicing.actions import ledger


class Command(BaseCommand):
    help = "Recompute the ledger's chain and name the first broken link."

    def handle(self, *args, **options):
        entries, broken = ledger.verify()
        if broken:
            position, entry, why = broken
            raise CommandError(f"The chain breaks at link {position}, entry {entry}: {why}.")
        self.stdout.write(f"The chain is whole: {entries} entries.")
