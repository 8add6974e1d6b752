from feedback.domain import imports
from servicing.management.commands import import_loans


class Command(import_loans.Command):
    help = "Import a folder with a file of what customers said; the same file changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("path", help="folder with responses.csv, plain or .gz, or a workbook")
        parser.add_argument("--json", action="store_true", help="print the counts as JSON and nothing else")

    def handle(self, *, path, json, **options):  # type: ignore[override]
        self.bring_in(path, json=json, layout=imports.LAYOUT.code)
