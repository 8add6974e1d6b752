"""What the house thought about a borrower, as moments for the time axis."""

from django.utils import timezone
from django.utils.translation import gettext as _

from reviews.models.alerts import Alert
from reviews.models.cases import Case, Decision
from reviews.models.rules import RuleVersion
from servicing.models.moments import Moment


def alerts(borrower, viewer):
    """Alerts as they opened and as they stopped firing; only for those who may see cases."""
    if not viewer.may("case.view"):
        return []
    found = []
    rows = list(Alert.objects.filter(borrower=borrower))
    names = RuleVersion.objects.names() if rows else {}
    for alert in rows:
        name = names.get(alert.rule, alert.rule)
        found.append(Moment(alert.opened_on, "alert", _("Alert opened"), "bell-ring", "warn", rule=name))
        if alert.closed_on:
            text = _("Alert no longer fires")
            found.append(Moment(alert.closed_on, "alert", text, "bell-off", "good", rule=name))
    return found


def decisions(borrower, viewer):
    """What people decided, with the case where the viewer may open it."""
    if not viewer.may("case.view"):
        return []
    mine = set(Case.objects.visible_to(viewer).filter(borrower=borrower).values_list("pk", flat=True))
    rows = Decision.objects.filter(case__borrower=borrower).select_related("by")
    return [
        Moment(
            timezone.localdate(row.at),
            "decision",
            _("Case %(case)s decided: %(verdict)s")
            % {"case": f"C{row.case_id}", "verdict": row.get_verdict_display()},
            "gavel",
            "note",
            row.at,
            case_id=row.case_id if row.case_id in mine else None,
            who=str(row.by),
        )
        for row in rows
    ]
