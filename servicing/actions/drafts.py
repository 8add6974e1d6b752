"""Keeps what was typed into a form whose sender has to sign in again, for the same person only."""

import json
from datetime import timedelta

from cryptography.exceptions import InvalidTag
from django.core import signing
from django.db import transaction
from django.utils import timezone

from servicing.actions import ledger, periods, privacy
from servicing.domain.privacy import place
from servicing.models import Draft, Staff

# More than any form of ours holds.
LONGEST = 20_000
SALT = "servicing.typed"
# No form stands open longer than a day, in seconds.
DAY = 24 * 3600


def _spot(person, page):
    return place("servicing_draft", "sealed", f"{person.pk}|{page}")


def token(person):
    """Stands in a form and says, also after the session, who it was made for."""
    return signing.dumps(person.pk, salt=SALT)


def typist(text):
    """Who a token was made for, as long as that person may sign in; None for anything else."""
    try:
        pk = signing.loads(text, salt=SALT, max_age=DAY)
    except signing.BadSignature:
        return None
    return Staff.objects.filter(pk=pk, is_active=True).first()


@transaction.atomic
def keep(*, person, page, typed, at):
    """Keep {field: [texts]} for a person; too much is not kept. Whether it was."""
    text = json.dumps(typed, ensure_ascii=False)
    if len(text) > LONGEST:
        return False
    sealed = privacy.keyring().seal(text, place=_spot(person, page))
    Draft.objects.update_or_create(person=person, page=page, defaults={"sealed": sealed, "kept_at": at})
    ledger.record(what="draft.kept", target=person, by=person, at=at)
    return True


def of(person, page, *, at):
    """What a person typed on a page before the session ended, as {field: [texts]}; {} for nothing."""
    minutes = periods.value("draft.minutes", on=timezone.localdate(at))
    rows = Draft.objects.filter(person=person, page=page, kept_at__gt=at - timedelta(minutes=minutes))
    row = rows.first()
    if row is None:
        return {}
    try:
        return json.loads(privacy.keyring().open(row.sealed, place=_spot(person, page)))
    except (InvalidTag, KeyError):
        return {}


def forget(*, person, page):
    """It was sent, so nothing of it is kept."""
    Draft.objects.filter(person=person, page=page).delete()


def tidy(*, at):
    """Forget what nobody came back for."""
    minutes = periods.value("draft.minutes", on=timezone.localdate(at))
    Draft.objects.filter(kept_at__lte=at - timedelta(minutes=minutes)).delete()
