from servicing.domain.intake import observations
from servicing.management.commands import import_loans


class Command(import_loans.Command):
    help = "Import a folder with a file of what others know of borrowers; the same file changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("path", help="folder with observations.csv, plain or .gz, or a workbook")
        parser.add_argument(
            "--source", required=True, help="code of who says it, as an administrator entered it"
        )
        parser.add_argument("--json", action="store_true", help="print the counts as JSON and nothing else")

    def handle(self, *, path, source, json, **options):  # type: ignore[override]
        self.bring_in(path, json=json, layout=observations.LAYOUT.code, told_by=source)
