import csv
import json as notation

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from servicing.actions import archive, external, staff
from servicing.domain.intake.observations import COLUMNS
from servicing.models import Source, in_words


class Command(BaseCommand):
    help = "Take in a file of what others know of borrowers; the same rows again change nothing."

    def add_arguments(self, parser):
        parser.add_argument("path", help="a CSV file in UTF-8, see docs/layouts.md")
        parser.add_argument("--source", required=True, help="code of who says it; a new one is written down")
        parser.add_argument("--lender", default="native", help="whose numbers the borrowers have (native)")
        parser.add_argument("--json", action="store_true", help="print the counts as JSON and nothing else")

    def handle(self, *, path, source, lender, json, **options):
        at, by = timezone.now(), staff.machine("operator")
        try:
            owner = Source.objects.get(code=lender)
            with open(path, newline="", encoding="utf-8-sig") as file:
                rows = csv.DictReader(file)
                if rows.fieldnames != COLUMNS:
                    raise CommandError(_("The columns have to be %(names)s.") % {"names": ",".join(COLUMNS)})
                said_by, _is_new = Source.objects.get_or_create(code=source, defaults={"name": source})
                counts = external.take_file(source=said_by, lender=owner, rows=rows, by=by, at=at)
        except Source.DoesNotExist:
            raise CommandError(_("No source has the code %(code)s.") % {"code": lender}) from None
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(str(error)) from error
        except external.Refused as refused:
            lines = [
                f"{line} {one.column} {in_words(one.reason, one.facts)}" for line, one in refused.wrong[:10]
            ]
            raise CommandError("\n".join([_("Nothing was taken."), *lines])) from refused
        except archive.Differs as error:
            raise CommandError(_("Some of it is on file and says something else.")) from error
        if json:
            self.stdout.write(notation.dumps(counts))
        else:
            self.stdout.write("  ".join(f"{name} {count:,}" for name, count in counts.items()))
