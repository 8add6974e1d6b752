"""A voice is heard: one response with its reference and clock, and what it opens elsewhere, in one step."""

import unicodedata

from django.db import IntegrityError, transaction
from django.utils import timezone

from feedback.actions.responses.clocks import due
from feedback.actions.responses.handling import NotAllowed, held
from feedback.models import Response
from reviews.actions import cases
from servicing.actions import bureau, ledger, privacy
from servicing.domain.archive import lettered
from servicing.domain.intake import fields
from servicing.domain.intake.layout import Problem
from servicing.domain.privacy import kept
from servicing.models import Borrower


def log(*, key="", by, at, received_at=None, **said):
    """Keep what somebody said; the same form of the same person makes one response, however often it is sent.

    `said` are fields of Response: kind, channel, where, words; borrower, loan, instalment, speaker,
    authority, hotline, hotline_number, hotline_due_on, is_complex, wants_person where there is such.
    An objection opens its record at the bureau desk, a wish to be judged by a person a review.
    What a machine takes in for a customer belongs to nobody yet.
    Raises NotAllowed ("right", "words", "loan", "instalment", "authority", "received", "hotline", "number",
    "known", "key" where the form has told something else before).
    """
    if not (by.may("response.log") or by.is_machine):
        raise NotAllowed("right")
    if there := _told_before(key, said, by=by):
        return there
    if said.get("hotline_number"):
        said["hotline_number"] = _number_of(said["hotline_number"])
    if wrong := objection(said, received_at=received_at or at, at=at):
        raise NotAllowed(wrong)
    try:
        with transaction.atomic():
            return _heard(key, said, received_at=received_at or at, by=by, at=at)
    except IntegrityError:
        # Somebody sent the same form, or the same case of a hotline, at the same moment.
        if there := _told_before(key, said, by=by):
            return there
        if objection(said, received_at=received_at or at, at=at) == "known":
            raise NotAllowed("known") from None
        raise


def _told_before(key, said, *, by):
    """What this form has made already, or None; raises NotAllowed("key") where that was something else."""
    there = Response.objects.filter(logged_by=by, key=key).first() if key else None
    if there is None:
        return None
    borrower = said.get("borrower")
    now = (borrower and borrower.pk, said["kind"], said["where"], kept(said["words"]))
    if now != (there.borrower_id, there.kind, there.where, there.words):
        raise NotAllowed("key")
    return there


def _number_of(text):
    """The number of a hotline's case as files spell it; raises NotAllowed("number") for what is none."""
    row = {"hotline_number": unicodedata.normalize("NFKC", text).strip()}
    try:
        return fields.code(row, "hotline_number", limit=64)
    except Problem:
        raise NotAllowed("number") from None


def objection(said, *, received_at, at):
    """A code for what is wrong with what is to be logged, or None."""
    borrower, loan, number = said.get("borrower"), said.get("loan"), said.get("instalment")
    hotline = (said.get("hotline") or "", said.get("hotline_number") or "")
    if not kept(said["words"]):
        return "words"
    if received_at > at:
        return "received"
    if loan is not None and (borrower is None or loan.borrower_id != borrower.pk):
        return "loan"
    if number is not None and (loan is None or not loan.instalments.filter(number=number).exists()):
        return "instalment"
    if said.get("speaker", "borrower") != "borrower" and not (said.get("authority") or "").strip():
        return "authority"
    if bool(hotline[0]) != bool(hotline[1]) or (said.get("hotline_due_on") and not hotline[0]):
        return "hotline"
    if hotline[0] and Response.objects.filter(hotline=hotline[0], hotline_number=hotline[1]).exists():
        return "known"
    return None


def _heard(key, said, *, received_at, by, at):
    (row_id,) = privacy.reserve(1, table="feedback_response")
    received_on = timezone.localdate(received_at)
    is_complex = bool(said.get("is_complex")) and said["kind"] == Response.Kind.COMPLAINT
    due_on = due(said["kind"], received_on, hotline_due_on=said.get("hotline_due_on"), is_complex=is_complex)
    blurred = {"words": kept(said["words"]), "authority": kept(said.get("authority") or "")[:200]}
    person = None if by.is_machine else by
    row = Response(
        pk=row_id, reference=lettered("F", row_id), key=key, received_at=received_at,
        received_on=received_on, due_on=due_on, logged_by=person, owner=person,
        **said | blurred | {"is_complex": is_complex},
    )  # fmt: skip
    if due_on is None:
        # Praise asks for nothing.
        row.status, row.answered_at, row.answered_by = Response.Status.ANSWERED, at, by
    row.save(force_insert=True)
    detail = {"kind": row.kind, "channel": row.channel, "due_on": due_on and due_on.isoformat()}
    ledger.record(what="response.logged", target=row, by=by, at=at, detail=detail)
    _open_elsewhere(row, by=by, at=at)
    return row


def _open_elsewhere(row, *, by, at):
    """What a response of a known borrower sets going: a record at the bureau desk, a review by a person."""
    if row.borrower is None:
        return
    if row.kind == Response.Kind.OBJECTION and row.objection_id is None:
        row.objection = bureau.dispute(
            borrower=row.borrower, loan=row.loan, words=row.words, received_at=row.received_at,
            due_on=row.due_on, by=by, at=at,
        )  # fmt: skip
    if row.wants_person and row.case_id is None:
        row.case = cases.ask_for_person(borrower=row.borrower, reference=row.reference, by=by, at=at)
    row.save(update_fields=["objection", "case"])


@transaction.atomic
def identify(*, response, borrower, by, at):
    """Say whose voice it was that came from somebody unknown; its clock stays as it is.

    Raises NotAllowed as `held` does, and "identified" where it is somebody's already.
    """
    row = held(response, by=by)
    if row.borrower_id is not None:
        raise NotAllowed("identified")
    row.borrower = Borrower.objects.get(pk=borrower.pk)
    row.save(update_fields=["borrower"])
    ledger.record(what="response.identified", target=row, by=by, at=at)
    _open_elsewhere(row, by=by, at=at)
    return row
