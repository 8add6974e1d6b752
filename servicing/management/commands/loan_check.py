import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand

from servicing.domain.archive.reading import Wrong, load
from servicing.domain.archive.report import check

MOST = 50_000_000


class Command(BaseCommand):
    help = "Figure neutral loan cases (docs/loan_check.md) and print them as JSON; needs no database."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("file", help="a JSON file with one case or a list of cases; - reads the input")

    def handle(self, *, file, **options):
        try:
            report = check(load(read(file)))
        except Wrong as wrong:
            # A CommandError would put its own name before the sentence.
            self.stderr.write(str(wrong))
            sys.exit(2)
        self.stdout.write(json.dumps(report, indent=2))


def read(file: str) -> str:
    """The text of a file, in UTF-8 with or without a mark. Raises Wrong."""
    try:
        with sys.stdin.buffer if file == "-" else Path(file).open("rb") as source:
            content = source.read(MOST + 1)
    except OSError as error:
        raise Wrong(file, f"cannot be read ({error.strerror})") from None
    if len(content) > MOST:
        raise Wrong(file, f"is longer than {MOST // 1_000_000} MB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Wrong(file, f"is not UTF-8 at byte {error.start + 1}") from None
