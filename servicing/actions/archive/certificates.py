"""Payoff certificates: issued once for what a settlement says, printed again, verified by code.

The code is a keyed digest of the number and of what the certificate says. It stands nowhere: who prints again
gets the same one, and a row changed by hand no longer fits the paper that was handed out.
"""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from servicing.actions import ledger, messages, privacy
from servicing.actions.archive.chunk import reserve
from servicing.actions.archive.holding import held
from servicing.domain import certificates
from servicing.domain.privacy import blur, says_something
from servicing.models import Certificate
from servicing.models.archive.certificates import State


class NotAllowed(Exception):
    """A certificate that is refused; the message is a code that the page puts into words."""


@dataclass(frozen=True)
class Shown:
    """What may be shown of a certificate to whoever holds its number and code."""

    certificate: Certificate
    name: str
    settled_on: date
    issued_on: date


@dataclass(frozen=True)
class Sheet(Shown):
    """What stands on the printed page: the full name, the masked national id, the code."""

    national_id: str
    code: str


@transaction.atomic
def issue(*, loan, by, at):
    """The certificate of the loan's present settlement, new or issued before, and its code.

    Raises NotAllowed ("right", "not_settled").
    """
    if not by.may("certificate.issue"):
        raise NotAllowed("right")
    loan = held(loan)
    settlement = loan.settlements.current().first()
    if settlement is None:
        raise NotAllowed("not_settled")
    issued = loan.certificates.filter(revoked_at=None).select_related("settlement").order_by("pk")
    certificate = next((row for row in issued if row.state == State.VALID), None)
    if certificate is None:
        (pk,) = reserve(Certificate, 1)
        certificate = Certificate.objects.create(
            pk=pk,
            number=certificates.number(timezone.localdate(at).year, pk),
            loan=loan,
            settlement=settlement,
            issued_by=by,
            issued_at=at,
        )
        detail = {"number": certificate.number, "version": settlement.version, "kind": settlement.kind}
        ledger.record(what="certificate.issued", target=loan, by=by, at=at, detail=detail)
    return certificate, code_of(certificate)


def code_of(certificate):
    """The code of a certificate, the same whenever it is printed."""
    loan, end = certificate.loan, certificate.settlement
    says = (
        certificate.number, loan.source_id, loan.external_id, loan.borrower_id, loan.currency, loan.principal,
        end.version, end.kind, end.settled_on, end.paid,
    )  # fmt: skip
    return certificates.code(privacy.keyring().sign("certificate", "\0".join(map(str, says))))


@transaction.atomic
def send(*, certificate, verify_at, by, at):
    """Tell the borrower number, code and where both are verified, at most once a day; the queued message.

    Nothing else of the sheet goes with it. Raises NotAllowed ("right", "not_valid") and what
    messages.queue raises.
    """
    if not by.may("certificate.issue"):
        raise NotAllowed("right")
    certificate = Certificate.objects.select_related("loan__borrower", "settlement").get(pk=certificate.pk)
    if certificate.state != State.VALID:
        raise NotAllowed("not_valid")
    # The borrower's language, whatever language the page of the sender speaks.
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Your payoff certificate")
        body = _(
            "Your payoff certificate has the number %(number)s and the code %(code)s. "
            "Anybody to whom you give both can verify it at %(where)s."
        ) % {"number": certificate.number, "code": code_of(certificate), "where": verify_at}
    return messages.queue(
        borrower=certificate.loan.borrower,
        purpose="service",
        kind="certificate",
        key=f"{sent_as(certificate)}{timezone.localdate(at)}",
        subject=subject,
        body=body,
        by=by,
        at=at,
    )


def sent_as(certificate):
    """With what the keys of the messages about a certificate begin."""
    return f"certificate-{certificate.pk}-"


def sheet(*, certificate, by, at):
    """What stands on the printed page, where the name is shown in full.

    So it is a reveal like any other: the trail is written before, and it counts among those of the day.
    Raises NotAllowed ("right", "not_valid") and privacy.NotAllowed ("budget").
    """
    if not by.may("certificate.issue"):
        raise NotAllowed("right")
    certificate = Certificate.objects.select_related("loan__borrower", "settlement").get(pk=certificate.pk)
    if certificate.state != "valid":
        raise NotAllowed("not_valid")
    borrower = certificate.loan.borrower
    detail = {"field": "name", "reason": "certificate", "words": certificate.number}
    with transaction.atomic(durable=True):
        privacy.spend(borrower, detail=detail, by=by, at=at, day_began_at=privacy.day_began(at))
    return Sheet(
        certificate=certificate,
        name=privacy.plain(borrower, "name"),
        national_id=privacy.masked(borrower, "national_id"),
        settled_on=certificate.settlement.settled_on,
        issued_on=timezone.localdate(certificate.issued_at),
        code=code_of(certificate),
    )


def verify(number, code):
    """What may be shown of the certificate with this number and code, however they are typed; else None.

    Also of one that is revoked or superseded: its state says so.
    """
    found = Certificate.objects.select_related("loan__borrower", "loan__source", "settlement").filter(
        number=certificates.read_number(number) or ""
    )
    certificate = found.first()
    if certificate is None or not certificates.is_code(code, code_of(certificate)):
        return None
    return Shown(
        certificate=certificate,
        name=privacy.masked(certificate.loan.borrower, "name"),
        settled_on=certificate.settlement.settled_on,
        issued_on=timezone.localdate(certificate.issued_at),
    )


@transaction.atomic
def revoke(*, certificate, reason, by, at):
    """A certificate is worth nothing from now on; revoking twice changes nothing.

    Raises NotAllowed ("right", "reason").
    """
    if not by.may("certificate.revoke"):
        raise NotAllowed("right")
    if not says_something(reason):
        raise NotAllowed("reason")
    loan = held(certificate.loan)
    certificate = Certificate.objects.get(pk=certificate.pk)
    if certificate.revoked_at is None:
        certificate.revoked_at, certificate.revoked_by, certificate.revoke_reason = at, by, blur(reason)
        certificate.save(update_fields=["revoked_at", "revoked_by", "revoke_reason"])
        detail = {"number": certificate.number, "reason": certificate.revoke_reason}
        ledger.record(what="certificate.revoked", target=loan, by=by, at=at, detail=detail)
    return certificate
