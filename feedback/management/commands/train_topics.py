"""train_topics [--from FILE.csv] [--json]: learn from labelled responses what responses are about"""

import csv
import json

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from feedback.actions import topics
from servicing.actions import staff

WORDS = (
    "Learned from {responses} responses with {topics} topics. On responses that it had not seen: accuracy "
    "{accuracy:.3f} (95 % interval {low:.3f} to {high:.3f}), macro-F1 {macro_f1:.3f}; always naming the most "
    "frequent topic: {baseline:.3f}."
)
TOO_LITTLE = (
    "Too little to learn from: it takes two topics with {least} different responses each, of as many people. "
    "There are: {there}. Decide the topics of more responses, or bring labelled ones in with a file."
)


class Command(BaseCommand):
    help = "Learn topics from labelled responses; every suggestion from then on is by what was learned."

    def add_arguments(self, parser):
        parser.add_argument(
            "--from", dest="file", metavar="FILE.csv", help="only try on a file with columns text and topic"
        )
        parser.add_argument("--json", action="store_true", help="print one line of JSON and nothing else")

    def handle(self, *, file, **options):
        at = timezone.now()
        try:
            if file:
                learnt = topics.learn(rows_of(file), on=timezone.localdate(at))
                found = figures(learnt.trial, learnt.size, len(learnt.trial.topics)) | {"version": None}
            else:
                model = topics.train(by=staff.machine("operator"), at=at)
                found = figures(model, model.responses, len(model.trial["topics"])) | {"version": model.pk}
        except topics.TooLittle as little:
            there = ", ".join(f"{topic} {count}" for topic, count in sorted(little.counts.items())) or "none"
            raise CommandError(TOO_LITTLE.format(least=little.least, there=there)) from None
        self.stdout.write(json.dumps(found) if options["json"] else WORDS.format(**found))


def figures(trial, size, count):
    names = ("accuracy", "low", "high", "macro_f1", "baseline")
    return {"responses": size, "topics": count} | {name: getattr(trial, name) for name in names}


def rows_of(path):
    """[(text, topic, whose)] of a file; nobody knows whose, so each text counts as another person's."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
            return [(row["text"], row["topic"], f"f{n}") for n, row in enumerate(rows) if row["topic"]]
    except (OSError, UnicodeDecodeError, KeyError) as error:
        raise CommandError(f"{path} is no CSV in UTF-8 with the columns text and topic.") from error
