"""What a file of responses brought, taken back as long as nobody has built on it."""

from django.db import connection
from django.db.models import Q

from feedback.models import Response, ResponseArrival
from servicing.actions import ledger
from servicing.actions.intake.returning import SHOWN, BuiltOn
from servicing.models import LedgerEntry, Objection

# Both arrays may be long: every number of the one is looked up in the other, which is hashed.
TOLD = """
select b.id from servicing_importbatch b
where b.id <> %(batch)s and b.status <> 'undone' and exists (
    select from feedback_responsearrival a where a.batch_id = b.id and a.id > %(first)s and exists (
        select from unnest(a.told) as told(id) where told.id = any(%(ids)s::bigint[])))
order by b.id limit %(most)s
"""


class Brought:
    """The responses that an import brought, added up from its parts."""

    def __init__(self, batch):
        self.batch = batch
        self.parts = list(ResponseArrival.objects.filter(batch=batch).order_by("pk"))

    def counts(self):
        """As the import counts them."""
        return {"responses": sum(len(part.responses) for part in self.parts)}

    def obstacles(self):
        """What was built on it, the first few: later imports that found one of these responses, and acts
        about one of them or its record.
        """
        found = self.later_imports() if self.parts else []
        for part in self.parts:
            if len(found) < SHOWN:
                found += acts(part.responses)
        return found[:SHOWN]

    def later_imports(self):
        ids = [pk for part in self.parts for pk in part.responses]
        named = {"batch": self.batch.pk, "first": self.parts[0].pk, "ids": ids, "most": SHOWN}
        with connection.cursor() as cursor:
            cursor.execute(TOLD, named)
            return [("importbatch", str(pk), "import.applied") for (pk,) in cursor]

    def take_back(self, *, by, at):
        """Remove them and the records of their objections; raises BuiltOn."""
        for part in self.parts:
            # In the order of their ids, as everybody takes them who holds several.
            held = (
                Response.objects.filter(pk__in=part.responses).order_by("pk").select_for_update(of=("self",))
            )
            list(held.values_list("pk", flat=True))
        if found := self.obstacles():
            raise BuiltOn(found)
        for part in self.parts:
            remove(part.responses)
        ledger.record(what="responses.withdrawn", target=self.batch, by=by, at=at, detail=self.counts())

    def forget(self, *, since):
        """Forget what was brought and is gone."""
        ResponseArrival.objects.filter(batch=self.batch).delete()


def acts(ids):
    """[(what kind of row, its name, act)] of the trail about some responses; their coming left none."""
    rows = Response.objects.filter(pk__in=ids)
    names = {str(pk): reference for pk, reference in rows.values_list("pk", "reference")}
    records = {
        str(pk): number
        for pk, number in rows.exclude(objection=None).values_list("objection", "objection__number")
    }
    about = Q(target_type="feedback.response", target_id__in=list(names))
    if records:
        opened = Q(target_type="servicing.objection", target_id__in=list(records))
        about |= opened & ~Q(what="objection.opened")
    entries = LedgerEntry.objects.filter(about).order_by("pk").values_list("target_type", "target_id", "what")
    return [
        ("feedback.response", names[number], what)
        if kind == "feedback.response"
        else ("objection", records[number], what)
        for kind, number, what in entries[:SHOWN]
    ]


def remove(ids):
    """Remove responses; what refers to them from anywhere stands against it in the database."""
    rows = Response.objects.filter(pk__in=ids)
    records = list(rows.exclude(objection=None).values_list("objection", flat=True))
    rows._raw_delete(rows.db)
    Objection.objects.filter(pk__in=records).delete()
