"""Borrowers on file who are told of again: what was empty is filled in, and nothing else is lost silently."""

from collections import defaultdict
from functools import partial
from typing import NamedTuple

from servicing.actions import ledger, privacy
from servicing.actions.archive.holding import Differs
from servicing.domain.privacy import FIELDS, canonical, tidy
from servicing.models import Borrower

SEALED = [f"{name}_cipher" for name in FIELDS] + ["national_id_index", "phone_index"]


class Told(NamedTuple):
    """What is new of a borrower on file: `empty` is what is filled in, `others` what differs and stays."""

    borrower: Borrower
    empty: dict[str, str]
    others: dict[str, str]


def compared(borrower, person):
    """What `person` (BorrowerFacts) says of a borrower beyond what is on file."""
    told = {name: getattr(person, name) for name in FIELDS if getattr(person, name)}
    empty = {name: text for name, text in told.items() if getattr(borrower, f"{name}_cipher") is None}
    others = {
        name: text for name, text in told.items() if name not in empty and not says(borrower, name, text)
    }
    return Told(borrower, empty, others)


def says(borrower, name, text):
    """Whether a borrower on file has this in a field, in whatever form it is told."""
    spelled = tidy if name == "name" else partial(canonical, name)
    return spelled(privacy.plain(borrower, name)) == spelled(text)


def told_again(borrower, person, *, by, at):
    """Complete a held borrower with what `person` (BorrowerFacts) says of them.

    Raises Differs for another national id, or one that is somebody else's. Another name or phone than on
    file changes nothing; the trail says that it came.
    """
    told = compared(borrower, person)
    if "national_id" in told.others:
        raise Differs("borrower")
    if "national_id" in told.empty:
        index = privacy.keyring().blind("national_id", told.empty["national_id"])
        if Borrower.objects.filter(national_id_index=index).exists():
            raise Differs("national_id")
    fill([told])
    for what, fields in (("borrower.completed", told.empty), ("borrower.differed", told.others)):
        if fields:
            ledger.record(what=what, target=borrower, by=by, at=at, detail={"fields": list(fields)})


def all_told_again(told, *, target, by, at):
    """Complete many held borrowers, whose identities the caller has compared, with one entry in the trail
    about `target`; returns {field: ids of those in whom it was filled in}.
    """
    filled, others = by_field(told, "empty"), by_field(told, "others")
    fill(told)
    if told:
        detail = {"completed": filled, "differed": others}
        ledger.record(what="borrowers.told_again", target=target, by=by, at=at, detail=detail)
    return filled


def by_field(told, side):
    """{field: ids of the borrowers} of what is new on one side."""
    found = defaultdict(list)
    for one in told:
        for name in getattr(one, side):
            found[name].append(one.borrower.pk)
    return dict(found)


def fill(told):
    """Write what was empty, sealed."""
    changed = [one for one in told if one.empty]
    for borrower, empty, _ in changed:
        for column, value in privacy.seal(borrower.pk, **empty).items():
            if value is not None:
                setattr(borrower, column, value)
    Borrower.objects.bulk_update([one.borrower for one in changed], SEALED)


def empty_again(filled):
    """Take back what was filled in: {field: ids}, whose rows the caller holds."""
    for name, ids in filled.items():
        columns = [column for column in SEALED if column.startswith(f"{name}_")]
        Borrower.objects.filter(pk__in=ids).update(**dict.fromkeys(columns))
