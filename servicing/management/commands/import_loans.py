import json as notation

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from servicing.actions import intake, staff
from servicing.domain.intake import LAYOUTS
from servicing.gateways import files
from servicing.models import ImportBatch


class Command(BaseCommand):
    help = "Import a folder of loan files; the same files again change nothing."

    def add_arguments(self, parser):
        parser.add_argument("path", help="folder with the files of the layout, plain or .gz")
        parser.add_argument("--layout", required=True, help=", ".join(layout.code for layout in LAYOUTS))
        parser.add_argument("--json", action="store_true", help="print the counts as JSON and nothing else")

    def handle(self, *, path, layout, json, **options):
        self.bring_in(path, json=json, layout=layout)

    def bring_in(self, path, *, json, **about):
        """Stage the files of a folder, apply them and say what came of it."""
        self.is_json = json
        at, by = timezone.now(), staff.machine("operator")
        try:
            batch, is_new = intake.stage(
                paths=files.folder(path), name=str(path), door="shell", by=by, at=at, **about
            )
            batch = intake.carry(batch=batch, by=by, at=at, progress=self.progress)
        except files.Refused as refused:
            raise CommandError(str(refused)) from refused
        except intake.NotAllowed as error:
            raise CommandError(_("These files wait in the browser for a second person.")) from error
        except intake.Stuck as error:
            raise CommandError(_("Part of the import failed three times; a person has to look.")) from error
        self.report(batch, intake.counts_of_call(batch, is_new=is_new))

    def progress(self, done, total, status):
        if not self.is_json:
            self.stderr.write(f"\r{ImportBatch.Status(status).label} {done}/{total} ", ending="")

    def report(self, batch, counts):
        if self.is_json:
            self.stdout.write(notation.dumps(counts))
            return
        self.stderr.write("")
        for name, count in counts.items():
            self.stdout.write(f"{name:>17} {count:>9,}")
        for row in batch.rejects.order_by("pk")[:10]:
            self.stdout.write(f"{row.file}:{row.line} {row.column} {row.words}")
