"""What was sent to a borrower, and what a borrower said no to, as moments for the time axis."""

from django.utils import timezone
from django.utils.translation import gettext as _

from servicing.models.marketing import OptOut
from servicing.models.messages import Message
from servicing.models.moments import Moment

TONES = {"sent": "good", "failed": "bad", "unknown": "bad"}


def messages(borrower, viewer):
    """Each message on the day on which it left, or was queued where it did not."""
    words, found = _("Message: %(kind)s (%(status)s)"), []
    for row in Message.objects.filter(borrower=borrower).log()[:200]:
        at = row.sent_at or row.queued_at
        text = words % {"kind": row.get_kind_display(), "status": row.get_status_display()}
        tone, who = TONES.get(row.status, "note"), str(row.queued_by)
        found.append(Moment(timezone.localdate(at), "message", text, "send", tone, at, who=who))
    return found


def opt_outs(borrower, viewer):
    """Each no as it was said by this borrower."""
    rows, words = OptOut.objects.filter(borrower=borrower).select_related("by"), _("Said no: %(purpose)s")
    return [
        Moment(
            timezone.localdate(row.at), "message", words % {"purpose": row.get_purpose_display()},
            "bell-off", "warn", row.at, who=str(row.by),
        )
        for row in rows
    ]  # fmt: skip
