"""How often one address may knock at a door that is open to everybody."""

from datetime import timedelta

from django.db.models import F

from servicing.actions import periods, privacy
from servicing.models import Knock


def knock(door, address, *, at):
    """Whether this address may still ask at this door. Of two at the limit exactly one gets in.

    Counted in slots of so many minutes; the address itself is kept nowhere, only its keyed digest.
    """
    minutes = periods.value("verify.minutes", on=at.date())
    slot = at - timedelta(minutes=at.minute % minutes, seconds=at.second, microseconds=at.microsecond)
    Knock.objects.filter(slot_at__lt=at - timedelta(days=1)).delete()
    who = privacy.keyring().blind("address", address)
    mine, _new = Knock.objects.get_or_create(door=door, who=who, slot_at=slot)
    allowed = periods.value("verify.tries", on=at.date())
    return Knock.objects.filter(pk=mine.pk, count__lt=allowed).update(count=F("count") + 1) == 1
