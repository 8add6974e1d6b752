"""recheck [--as-of DATE] [--borrower REF] [--changed] [--catch-up] [--json]: judge the settled as of a day"""

import json
from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from reviews.actions import recheck
from servicing.actions import staff
from servicing.models import Borrower

SHOWN = ("as_of", "borrowers", "judged", "snapshots", "opened", "refreshed", "closed", "seconds")
WORDS = (
    "As of {as_of}: {borrowers} borrowers checked, {judged} judged, {snapshots} snapshots; "
    "alerts: {opened} opened, {refreshed} refreshed, {closed} closed; {seconds} s."
)


class Command(BaseCommand):
    help = "Judge every settled borrower as of a day, or one of them."

    def add_arguments(self, parser):
        parser.add_argument("--as-of", metavar="DATE", help="a day such as 2026-11-23; today without it")
        parser.add_argument("--borrower", metavar="REF", help="the reference of one borrower")
        parser.add_argument(
            "--changed", action="store_true", help="only whom a fact or a day has moved, where that is enough"
        )
        parser.add_argument("--catch-up", action="store_true", help="the days that were missed, then today")
        parser.add_argument("--json", action="store_true", help="print one line of JSON and nothing else")

    def handle(self, *, as_of, borrower, changed, catch_up, **options):
        at = timezone.now()
        if catch_up:
            return self.catch_up(at=at)
        try:
            run = recheck.run(
                as_of=day(as_of, today=timezone.localdate(at)),
                by=staff.machine("operator"),
                at=at,
                borrower=one(borrower),
                changed=changed,
            )
        except recheck.Stuck as stuck:
            raise CommandError(f"The {stuck} needs a person: some of its shards failed.") from None
        result = {name: run.result[name] for name in SHOWN}
        self.stdout.write(json.dumps(result) if options["json"] else WORDS.format(**result))

    def catch_up(self, *, at):
        """Plan the missed days and do them here, with whoever helps."""
        by = staff.machine("operator")
        days = recheck.catch_up(by=by, at=at)
        recheck.work(by=by, at=at)
        missed = ", ".join(map(str, days)) or "none"
        self.stdout.write(f"Days that were missed: {missed}.")


def day(text, *, today):
    if text is None:
        return today
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text!r} is not a day; write it like {today}.") from None
    if found > today:
        raise CommandError(f"{found} has not come yet; today is {today}.")
    return found


def one(reference):
    if reference is None:
        return None
    try:
        return Borrower.objects.get(reference=reference)
    except Borrower.DoesNotExist:
        raise CommandError(f"No borrower has the reference {reference!r}.") from None
