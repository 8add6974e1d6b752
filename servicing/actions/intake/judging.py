"""One range of borrowers of a batch: what of it can be taken, seen against what is on file."""

import json
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from servicing.actions import archive, privacy
from servicing.actions.archive.facts import additions, completed, content, difference, facts_of, filed
from servicing.actions.intake.layouts import BY_CODE
from servicing.actions.intake.sealing import DOUBLED, SHARED, opened
from servicing.domain.intake import dates
from servicing.domain.intake.layout import BORROWER, LOAN, Layout, Problem, Row
from servicing.domain.intake.sorting import Sorting, sort
from servicing.models import Borrower, Source

ROWS = """
select kind, key, parent, file, line, data from servicing_stagedrow
where batch_id = %(batch)s and kind = any(%(kinds)s) and parent {which}
order by id
"""


@dataclass
class Judged:
    """What is sound of a range: `sorting` holds only what is new, `known` is {external id: id} on file,
    `already` are the ids of loans that are told as they stand, `more` the loans on file that have grown,
    `told` what the files say anew of people on file, `today` the day on which it was judged.
    """

    layout: Layout
    today: date
    source: Source
    sorting: Sorting
    known: dict[str, int]
    rows: list[Row]
    already: list[int] = field(default_factory=list)
    more: list = field(default_factory=list)
    told: list = field(default_factory=list)

    @property
    def refused_loans(self):
        """Keys of the loans that were refused."""
        places = {(refusal.file, refusal.line) for refusal in self.sorting.refusals}
        return {row.key for row in self.rows if row.kind == LOAN and (row.file, row.line) in places}

    @property
    def refused_borrowers(self):
        """Keys of the borrowers who were refused, or a loan of whom was."""
        places = {(refusal.file, refusal.line) for refusal in self.sorting.refusals}
        loans = self.refused_loans
        owners = {row.parent for row in self.rows if row.kind == LOAN and row.key in loans}
        return owners | {
            row.key for row in self.rows if row.kind == BORROWER and (row.file, row.line) in places
        }


def judge(batch, cut, *, at, lock=False):
    """Judge the borrowers from `first` to `last`; with `lock` those on file are held for the transaction."""
    layout = BY_CODE[batch.layout]
    source = Source.objects.get(code=layout.source)
    rows = staged(batch, layout, cut)
    today = timezone.localdate(at, ZoneInfo(layout.zone))
    sharing = [row for row in rows if row.kind == BORROWER and SHARED in row.data]
    shared = {row.key: line_in(row.data, SHARED) for row in sharing}
    sorting = sort(layout, rows, today=today, doubled=shared)
    people = Borrower.objects.filter(source=source, external_id__in=list(sorting.borrowers))
    if lock:
        people = people.select_for_update(no_key=True).order_by("pk")
    on_file = {person.external_id: person for person in people}
    of_no_loan(layout, sorting, rows, on_file)
    against_people(sorting, source, on_file)
    already, more = against_loans(sorting, source)
    known = {key: person.pk for key, person in on_file.items()}
    news = told(sorting, on_file)
    judged = Judged(layout, today, source, sorting, known, rows, already, more, news)
    leave_out(judged)
    return judged


def of_no_loan(layout, sorting, rows, on_file):
    """Refuse new borrowers of whom no loan is told: nobody needs to know these people."""
    owners = {row.parent for row in rows if row.kind == LOAN} | set(on_file)
    for key in set(sorting.borrowers) - owners:
        sorting.refuse_borrower(key, Problem(layout.file_of(BORROWER).key, "no_loan"))


def leave_out(judged):
    """Leave out new borrowers whose every loan was refused: they come again with the mended rows."""
    refused = judged.refused_loans
    owners = {row.parent for row in judged.rows if row.kind == LOAN and row.key not in refused}
    for key in set(judged.sorting.borrowers) - owners - set(judged.known):
        del judged.sorting.borrowers[key]


def told(sorting, on_file):
    """What the files say of people on file beyond what is there: archive.Told, in the order of their ids."""
    people = sorted(on_file.items(), key=lambda item: item[1].pk)
    found = [
        archive.compared(person, sorting.borrowers[key][0])
        for key, person in people
        if key in sorting.borrowers
    ]
    return [one for one in found if one.empty or one.others]


def staged(batch, layout, cut):
    """All rows of the range in plain text, as they came."""
    files = {file.kind: file for file in layout.files}
    named = {"batch": batch.pk, **cut}
    with connection.cursor() as cursor:
        cursor.execute(
            ROWS.format(which="between %(first)s and %(last)s"), named | {"kinds": list(layout.heads)}
        )
        found = cursor.fetchall()
        if layout.parts:
            loans = [row[1] for row in found if row[0] == LOAN]
            cursor.execute(
                ROWS.format(which="= any(%(loans)s)"), named | {"kinds": list(layout.parts), "loans": loans}
            )
            found += cursor.fetchall()
    return [readable(batch, files[row[0]], *row) for row in found]


def readable(batch, file, kind, key, parent, name, line, text):
    """A staged row as it came, its personal columns opened."""
    data = json.loads(text)
    if file.personal:
        data = opened(batch, file, key, data)
    return Row(kind, key, parent, name, line, data, line_in(data, DOUBLED) if DOUBLED in data else None)


def line_in(data, mark):
    """The line of another row as it was marked; 0 in rows that were marked before lines were kept."""
    return 0 if data[mark] is True else data[mark]


def against_people(sorting, source, on_file):
    """Refuse who has the national id of somebody else, or another one than on file."""
    ring = privacy.keyring()
    indexes = {
        key: ring.blind("national_id", facts.national_id)
        for key, (facts, _) in sorting.borrowers.items()
        if facts.national_id
    }
    holders = {
        bytes(index or b""): (source_id, external_id)
        for index, source_id, external_id in Borrower.objects.filter(
            national_id_index__in=list(indexes.values())
        ).values_list("national_id_index", "source_id", "external_id")
    }
    for key, index in indexes.items():
        person = on_file.get(key)
        if holders.get(index, (source.pk, key)) != (source.pk, key):
            sorting.refuse_borrower(key, Problem("national_id", "national_id_taken"))
        elif person and person.national_id_index and bytes(person.national_id_index) != index:
            sorting.refuse_borrower(key, Problem("national_id", "identity_differs"))


def against_loans(sorting, source):
    """Set aside the loans that are on file: ids of those that are the same, and those with more payments than
    there; the others are refused, and new ones whose plan does not run on.
    """
    numbers = [loan.external_id for loan, _ in sorting.loans]
    on_file = {loan.external_id: (loan.pk, facts_of(loan)) for loan in filed(source, numbers)}
    already, fresh, more = [], [], []
    for loan, row in sorting.loans:
        pk, there = on_file.get(loan.external_id, (None, None))
        if there is None:
            try:
                dates.in_line(loan.dues)
                fresh.append((loan, row))
            except Problem as problem:
                sorting.refuse(row, problem)
        elif content(completed(loan, there)) == content(there):
            already.append(pk)
        elif additions(there, loan) is not None:
            more.append((loan, row))
        else:
            sorting.refuse(row, Problem("", "differs", **difference(there, loan)))
    sorting.loans = fresh
    return already, more
