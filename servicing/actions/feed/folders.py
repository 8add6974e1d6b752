"""The drop folders are emptied; what is wrong with the keys or one folder is told and stops nothing else."""

import logging

from django.db import InterfaceError, OperationalError

from servicing.actions import privacy
from servicing.actions.feed import receiving
from servicing.gateways import feed as gateway
from servicing.models import FeedRefusal

log = logging.getLogger(__name__)
Door = FeedRefusal.Door


def collect(*, by, at):
    """Take in what lies complete in the drop folders; how many deliveries were stored."""
    count, is_bad = 0, False
    try:
        for source in gateway.senders():
            count += collect_from(source, by=by, at=at)
    except gateway.BadKeys as error:
        log.error("No delivery is taken in: %s", error)
        is_bad = True
    FeedRefusal.stands("", "bad_keys", is_so=is_bad, at=at)
    return count


def collect_from(source, *, by, at):
    count, is_faulty = 0, False
    try:
        for path in gateway.waiting(source):
            try:
                count += taken_or_aside(source, path, by=by, at=at)
            except OSError as error:
                log.error("%s of %s cannot be read or moved: %s", path.name, source, error.strerror)
                is_faulty = True
    except OSError as error:
        log.error("The folder of %s cannot be read: %s", source, error.strerror)
        is_faulty = True
    FeedRefusal.stands(source, "bad_folder", is_so=is_faulty, at=at)
    return count


def taken_or_aside(source, path, *, by, at):
    """Whether the delivery in this file was stored; one that nobody foresaw must not stop those behind it."""
    try:
        return taken(source, path, by=by, at=at)
    except (InterfaceError, OperationalError, OSError, gateway.BadKeys, privacy.WrongKeys):
        raise  # no fault of the delivery's
    except Exception as error:
        # The type only: a text may quote.
        log.error("A dropped delivery of %s could not be taken in: %s", source, type(error).__name__)
        receiving.note(receiving.Refused("failed"), source=source, door=Door.FOLDER, address="", at=at)
        gateway.set_aside(path)
        return False


def taken(source, path, *, by, at):
    """Whether the delivery in this file was stored."""
    found = gateway.dropped(path)
    if found is None:
        return False
    try:
        sender, seal, messages = receiving.opened(source, found.seal, found.body)
    except receiving.Refused as refused:
        if found.is_still:  # else somebody may be writing it
            receiving.note(refused, source=source, door=Door.FOLDER, address="", at=at)
            gateway.set_aside(path)
        return False
    receiving.store(sender, seal, messages, body=found.body, by=by, at=at)
    gateway.take_away(path)
    return True
