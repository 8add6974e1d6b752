"""Plays a fictional loan core over the demonstration's book: its days arrive signed, by folder or HTTPS."""

from random import Random

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.portfolio import courier, days
from servicing.actions import feed


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--days", type=int, default=1, help="days up to today that are played (1)")
        parser.add_argument("--seed", type=int, default=1, help="another seed is another story (1)")
        parser.add_argument("--to", default="", help="address of a site; without it the drop folder")
        parser.add_argument("--faults", action="store_true", help="repeat, shuffle and lose deliveries")
        parser.add_argument(
            "--trouble",
            action="store_true",
            help="end with a gap, a refused and a late message and a number told twice differently",
        )

    def handle(self, *, seed, to, faults, trouble, **options):
        if options["days"] < 1:
            raise CommandError("--days counts from 1.")
        if trouble and options["days"] < 2:
            raise CommandError("--trouble needs a day that is closed: --days 2 or more.")
        random = Random(seed) if faults else None  # noqa: S311 - a story, not a secret
        try:
            told = days.play(options["days"], seed=seed, to=to, faults=random, trouble=trouble)
        except courier.NotOurs as error:
            words = "names another core; the fictional one must not speak for it."
            raise CommandError(f"{error} {words}") from None
        except OSError as error:
            raise CommandError(f"Nobody takes it ({error}); play again, nothing is lost.") from None
        self.stdout.write("{lines} messages in {deliveries} deliveries, {first} to {last}".format(**told))
        if told["earlier"]:
            self.stdout.write("  the days before were played already; this was another round of today")
        for state in feed.states(at=timezone.now()):
            self.stdout.write(f"  next {state['missing']}, newest day closed {state['newest'] or 'none'}")
            found = [f"{trouble.code}: {trouble.count}" for trouble in state["troubles"]]
            for line in found or ["in order and complete"]:
                self.stdout.write(f"  {line}")
