"""What a borrower said and what we answered, as moments for the time axis."""

from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.models.responses import Response
from servicing.models.moments import Moment

TONES = {"complaint": "warn", "objection": "warn", "suggestion": "note", "praise": "good"}


def responses(borrower, viewer):
    """Each voice as it came and as it was answered, for those who may see responses."""
    if not viewer.may("response.view"):
        return []
    found = []
    rows = Response.objects.of(borrower).select_related("answered_by", "merged_into__answered_by")
    for row in rows:
        words = _("%(kind)s %(reference)s: %(where)s") % {
            "kind": row.get_kind_display(),
            "reference": row.reference,
            "where": row.get_where_display(),
        }
        found.append(
            Moment(
                row.received_on, "response", words, "message-square", TONES[row.kind],
                row.received_at, response=row.reference,
            )
        )  # fmt: skip
        head = row.merged_into or row
        if head.answer and head.answered_at:
            words = _("%(reference)s answered") % {"reference": row.reference}
            on, who = timezone.localdate(head.answered_at), str(head.answered_by or "")
            found.append(
                Moment(on, "response", words, "message-square-reply", "good", head.answered_at,
                       who=who, response=row.reference)
            )  # fmt: skip
    return found
