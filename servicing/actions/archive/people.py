"""A borrower on file who is told of again: what was empty is filled in, and nothing else is lost silently."""

from servicing.actions import ledger, privacy
from servicing.actions.archive.holding import Differs
from servicing.domain.privacy import FIELDS, normal, tidy
from servicing.models import Borrower


def told_again(borrower, person, *, by, at):
    """Complete a held borrower with what `person` (BorrowerFacts) says of them.

    Raises Differs for another national id, or one that is somebody else's. Another name or phone than on
    file changes nothing; the trail says that it came.
    """
    told = {name: getattr(person, name) for name in FIELDS if getattr(person, name)}
    empty = {name: text for name, text in told.items() if getattr(borrower, f"{name}_cipher") is None}
    others = [name for name in told if name not in empty and not says(borrower, name, told[name])]
    if "national_id" in others:
        raise Differs("borrower")
    if "national_id" in empty:
        index = privacy.keyring().blind("national_id", empty["national_id"])
        if Borrower.objects.filter(national_id_index=index).exists():
            raise Differs("national_id")
    if empty:
        sealed = {
            key: value for key, value in privacy.seal(borrower.pk, **empty).items() if value is not None
        }
        Borrower.objects.filter(pk=borrower.pk).update(**sealed)
        ledger.record(
            what="borrower.completed", target=borrower, by=by, at=at, detail={"fields": list(empty)}
        )
    if others:
        ledger.record(what="borrower.differed", target=borrower, by=by, at=at, detail={"fields": others})


def says(borrower, name, text):
    spelled = tidy(text) if name == "name" else normal(name, text)
    return privacy.plain(borrower, name) == spelled
