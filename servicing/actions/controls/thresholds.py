"""A guarded setting is proposed by a risk officer and set by the risk lead."""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from servicing.actions import periods
from servicing.actions.controls.desk import Kind, NotAllowed, propose
from servicing.domain.periods import BY_CODE


def shown(code, value, from_on):
    """What the second person sees: the setting, its value until then and from then on."""
    return {
        "about": code,
        "unit": BY_CODE[code].unit,
        "before": periods.value(code, on=from_on),
        "after": value,
        "from_on": from_on.isoformat(),
    }


def propose_threshold(*, code, value, from_on, purpose, by, at):
    """Ask for another value of a guarded setting; raises NotAllowed ("right", "waits", "value", "days")."""
    setting = BY_CODE.get(code)
    if setting is None or not setting.is_threshold or not setting.low <= value <= setting.high:
        raise NotAllowed("value")
    if from_on < timezone.localdate(at):
        raise NotAllowed("days")
    return propose(
        kind="threshold",
        subject=f"period:{code}",
        shown=shown(code, value, from_on),
        purpose=purpose,
        by=by,
        at=at,
    )


def change(*, approval, by, at):
    periods.change(
        code=approval.shown["about"],
        value=approval.shown["after"],
        citation=approval.purpose,
        # A value never works back: what was judged before the approval was judged by the old one.
        from_on=max(date.fromisoformat(approval.shown["from_on"]), timezone.localdate(at)),
        by=by,
        at=at,
        detail={"approval": approval.pk},
    )


def now(approval):
    seen = approval.shown
    return shown(seen["about"], seen["after"], date.fromisoformat(seen["from_on"]))


THRESHOLD = Kind("threshold", _("guarded setting"), "threshold.propose", "threshold.approve", change, now)
