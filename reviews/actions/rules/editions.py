"""What judges now, and what judged then: editions of rules and card, read once a process."""

from functools import lru_cache

from reviews.domain import rules, scoring
from reviews.domain.rules import Ruleset
from reviews.models import Edition, RuleVersion
from servicing.actions import periods


def current() -> Ruleset:
    """The rules and the card in force: one short query, and the rest only once an edition."""
    return load(*periods.once(newest))


def newest():
    return Edition.objects.order_by("-number").values_list("number", "digest")[0]


def of(number) -> Ruleset:
    """The rules and the card of an edition, such as a snapshot names."""
    return load(number, Edition.objects.values_list("digest", flat=True).get(number=number))


# The digest tells what the number cannot: the same number in another database.
@lru_cache(maxsize=32)
def load(number, digest) -> Ruleset:
    edition = Edition.objects.select_related("card").get(number=number)
    rows = RuleVersion.objects.filter(pk__in=edition.versions).select_related("rule").order_by("rule__number")
    return Ruleset(
        edition=number,
        digest=digest,
        rules=tuple(rules.check(row.as_rule()) for row in rows),
        card=scoring.check(edition.card.as_card()) if edition.card else None,
    )
