"""Drawings of reviews."""

from django.utils.translation import gettext as _

from reviews.models import Alert
from servicing.charts import layout

PALETTE = {"waiting": "var(--chart-5)", "open": "var(--chart-1)", "answered": "var(--chart-2)"}


def alerts_by_rule(rules, counts, *, names, link=None):
    """Stacked bars that lie: `counts[rule, status]` live alerts; `link(rule, status)` is the list behind."""
    words = dict(Alert.Status.choices)
    # Plotly stacks from below, people read from above.
    rules = list(reversed(rules))
    words_of = [names[rule] for rule in rules]
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "name": str(words[status]),
            "y": words_of,
            "x": [counts.get((rule, status), 0) for rule in rules],
            "marker": {"color": colour},
            "hovertemplate": _("%(rule)s, %(status)s: %(count)s alerts")
            % {"rule": "%{y}", "status": words[status], "count": "%{x:,}"}
            + "<extra></extra>",
        }
        | ({"customdata": [link(rule, status) for rule in rules]} if link else {})
        for status, colour in PALETTE.items()
    ]
    frame = layout(x=_("live alerts"), y="", yaxis={"type": "category", "gridcolor": "rgba(0,0,0,0)"})
    return {"data": data, "layout": frame}
