"""Asks after a payoff how it went, by a link that is signed, answers once and runs out.

The link holds a secret of which the database keeps a digest: whoever reads the database answers for nobody,
and whoever makes up a link is refused before the database is asked.
"""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from feedback.actions import responses
from feedback.domain.surveys import kind_of
from feedback.models import Response, Survey
from feedback.models.surveys import to_ask
from servicing.actions import ledger, marketing, messages, periods
from servicing.models import Borrower, Message, OptOut, Restriction

# Of one look at who is to be asked.
MOST = 200


class NotAllowed(Exception):
    """An answer that is refused; the message is a code."""


def signer():
    return Signer(salt="survey", sep=".")


def digest(token):
    return hashlib.sha256(token.encode()).digest()


def plan(*, by, at):
    """Ask those whose payoff is old enough and who may be asked; how many were asked.

    Without an address of the public pages nobody is asked, for the link would lead nowhere.
    """
    if not settings.PUBLIC_AT:
        return 0
    on = timezone.localdate(at)
    after, within = (periods.value(code, on=on) for code in ("survey.after", "survey.within"))
    rows = to_ask(on=on, after=after, within=within).select_related("loan__source", "borrower")
    return sum(ask(loan=row.loan, by=by, at=at) for row in rows[:MOST])


def ask(*, loan, by, at):
    """Ask the borrower of a loan, once; True where that was possible."""
    try:
        with transaction.atomic():
            return _ask(loan, on=timezone.localdate(at), by=by, at=at)
    except (IntegrityError, messages.NotAllowed):
        # Asked by somebody else meanwhile, or not to be sent anything any more.
        return False


def _ask(loan, *, on, by, at):
    borrower = Borrower.objects.select_for_update(no_key=True).get(pk=loan.borrower_id)
    if Response.objects.standing_against().filter(borrower=borrower).exists():
        return False
    token = secrets.token_urlsafe(16)
    expires_at = at + timedelta(days=periods.value("survey.expires", on=on))
    message = messages.queue(
        borrower=borrower, purpose="service", kind="survey", key=f"survey-{loan.pk}", by=by, at=at,
        **_words(loan, token, expires_at),
    )  # fmt: skip
    Survey.objects.create(
        borrower=borrower,
        loan=loan,
        planned_on=on,
        quiet_until=on + timedelta(days=periods.value("survey.quiet", on=on)),
        token_digest=digest(token),
        expires_at=expires_at,
        message=message,
    )
    ledger.record(what="survey.asked", target=borrower, by=by, at=at, detail={"message": message.pk})
    return True


def _words(loan, token, expires_at):
    """What is sent says nothing of a loan: a telephone is not always in the hands of its owner."""
    with translation.override(settings.LANGUAGE_CODE):
        body = _(
            "%(lender)s would like to hear how satisfied you are. One minute, until %(day)s: %(link)s"
        ) % {
            "lender": settings.LENDER or str(loan.source),
            "day": timezone.localdate(expires_at),
            "link": f"{settings.PUBLIC_AT}/s/{signer().sign(token)}/",
        }
        return {"subject": _("How satisfied are you?"), "body": body}


def stops(message, *, on):
    """Why a question that waits does not leave after all, as a code; "" where nothing has come between."""
    if message.kind != Message.Kind.SURVEY:
        return ""
    against = Response.objects.standing_against().filter(borrower=message.borrower_id)
    return "complaint" if against.exists() else ""


def find(link, *, at):
    """The survey that a link can still answer, or None: one that is forged, used or over is alike."""
    try:
        token = signer().unsign(link)
    except BadSignature:
        return None
    survey = Survey.objects.open(at=at).filter(token_digest=digest(token)).first()
    kept = Restriction.objects.in_force(on=timezone.localdate(at))
    if survey is None or kept.filter(borrower=survey.borrower_id).exists():
        return None
    return survey


@transaction.atomic
def answer(*, survey, score, words, is_complaint, never_again, by, at):
    """Keep the one answer; its words become a response of their kind, with its clock.

    Raises NotAllowed ("over" where it was answered meanwhile).
    """
    survey = Survey.objects.select_for_update(no_key=True).open(at=at).filter(pk=survey.pk).first()
    if survey is None:
        raise NotAllowed("over")
    if kind := kind_of(score, words, is_complaint=is_complaint):
        survey.response = responses.log(
            kind=kind, channel=Response.Channel.SURVEY, where=Response.Where.OTHER, words=words,
            borrower=survey.borrower, loan=survey.loan, by=by, at=at,
        )  # fmt: skip
    survey.score, survey.answered_at = score, at
    survey.save(update_fields=["score", "answered_at", "response"])
    detail = {"count": score, "kind": kind or ""}
    ledger.record(what="survey.answered", target=survey.borrower, by=by, at=at, detail=detail)
    if never_again:
        marketing.opt_out(borrower=survey.borrower, purpose=OptOut.Purpose.SURVEY, basis="link", by=by, at=at)
    return survey
