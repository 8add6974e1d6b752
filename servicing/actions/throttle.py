"""How often one address may knock at a door that is open to everybody."""

from datetime import timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

from django.db.models import F
from django.utils import timezone

from servicing.actions import periods, privacy
from servicing.models import Knock

KEPT = timedelta(days=1)
# Whoever has one address of IPv6 has at least these 64 bits of others.
NETWORK = 64


def knock(door, address, *, at, tries="verify.tries"):
    """Whether this address may still ask at this door. Of two at the limit exactly one gets in.

    Counted in slots of so many minutes, against the setting `tries`; the address itself is kept nowhere,
    only its keyed digest.
    """
    today = timezone.localdate(at)
    minutes = periods.value("verify.minutes", on=today)
    slot = at - timedelta(minutes=at.minute % minutes, seconds=at.second, microseconds=at.microsecond)
    who = privacy.keyring().blind("address", caller(address))
    mine, _new = Knock.objects.get_or_create(door=door, who=who, slot_at=slot)
    allowed = periods.value(tries, on=today)
    return Knock.objects.filter(pk=mine.pk, count__lt=allowed).update(count=F("count") + 1) == 1


def caller(address):
    """What is counted as one: an address of IPv4, a network of IPv6, any other text as it is."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(IPv6Network((int(found), NETWORK), strict=False).network_address)


def tidy(*, at):
    """Forget the knocks that count no longer."""
    Knock.objects.filter(slot_at__lt=at - KEPT).delete()
