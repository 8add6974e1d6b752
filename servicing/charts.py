"""Drawings of servicing: rows in, a Plotly figure as a plain dict out.

Colours are names of CSS tokens, which the page resolves, so that a theme recolours a chart.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicing.models import Settlement

PALETTE = {
    "normal": "var(--chart-2)",
    "early": "var(--chart-1)",
    "late": "var(--chart-5)",
    "guarantor": "var(--chart-4)",
    "waived": "var(--chart-6)",
    "recovered": "var(--chart-3)",
    "refinanced": "var(--chart-8)",
    "transferred": "var(--chart-7)",
}


BUCKET_WORDS = {
    "1": gettext_lazy("1–30 days (M1)"),
    "2": gettext_lazy("31–60 days (M2)"),
    "3": gettext_lazy("61–90 days (M3)"),
    "4": gettext_lazy("91–120 days (M4)"),
    "5": gettext_lazy("121–150 days (M5)"),
    "6": gettext_lazy("151–180 days (M6)"),
    "7": gettext_lazy("more than 180 days (M6+)"),
}


def titled(text):
    return {"text": text, "font": {"size": 12.5}, "standoff": 12}


def layout(*, x, y, **more):
    """The common frame of all charts: titled axes, hairlines, a legend above."""
    axis = {"gridcolor": "var(--line)", "linecolor": "var(--line)", "zeroline": False, "automargin": True}
    return {
        "barmode": "stack",
        "bargap": 0.35,
        "margin": {"l": 56, "r": 16, "t": 12, "b": 48},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "var(--soft)", "size": 12.5},
        "hoverlabel": {
            "bgcolor": "var(--card)",
            "bordercolor": "var(--line)",
            "font": {"color": "var(--ink)"},
        },
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        "xaxis": axis | {"title": titled(x)} | more.pop("xaxis", {}),
        "yaxis": axis | {"title": titled(y)} | more.pop("yaxis", {}),
        **more,
    }


def whole(counts):
    """An axis on which few loans are not told in halves."""
    return {"dtick": 1} if max(counts.values(), default=0) < 3 else {}


def settlements_by_month(months, kinds, counts, *, link=None):
    """Stacked bars: `counts[month, kind]` loans; `link(month, kind)` is where a click on a bar leads."""
    words = dict(Settlement.ENDS)
    names = [f"{month:%Y-%m}" for month in months]
    data = [
        {
            "type": "bar",
            "name": str(words[kind]),
            "x": names,
            "y": [counts.get((month, kind), 0) for month in months],
            "marker": {"color": PALETTE[kind]},
            "hovertemplate": _("%(month)s, %(kind)s: %(count)s loans")
            % {"month": "%{x}", "kind": words[kind], "count": "%{y:,}"}
            + "<extra></extra>",
        }
        | ({"customdata": [link(month, kind) for month in months]} if link else {})
        for kind in kinds
    ]
    # As categories, because a date axis would put ticks between the months.
    frame = layout(
        x=_("month of payoff"),
        y=_("settled loans"),
        xaxis={"type": "category", "gridcolor": "rgba(0,0,0,0)"},
        yaxis=whole(counts),
    )
    return {"data": data, "layout": frame}


def late_by_bucket(marks, kinds, counts, *, link):
    """Stacked bars: `counts[mark, kind]` late loans by how the former loan had ended."""
    words = dict(Settlement.Kind.choices)
    data = [
        {
            "type": "bar",
            "name": str(words[kind]),
            "x": [str(BUCKET_WORDS[mark]) for mark in marks],
            "y": [counts.get((mark, kind), 0) for mark in marks],
            "marker": {"color": PALETTE[kind]},
            "customdata": [link(mark, kind) for mark in marks],
            "hovertemplate": _("%(bucket)s, former loan %(kind)s: %(count)s loans")
            % {"bucket": "%{x}", "kind": words[kind], "count": "%{y:,}"}
            + "<extra></extra>",
        }
        for kind in kinds
    ]
    frame = layout(
        x=_("days past due today"),
        y=_("late loans"),
        xaxis={"type": "category", "gridcolor": "rgba(0,0,0,0)"},
        yaxis=whole(counts),
    )
    return {"data": data, "layout": frame}


# What each mark of the 24-month profile means, with the days past due that its colour stands for.
LEGEND = (
    ("/", gettext_lazy("loan not yet paid out"), ""),
    ("N", gettext_lazy("nothing past due"), "good"),
    ("1", gettext_lazy("1–30 days past due"), "note"),
    ("2", gettext_lazy("31–60 days"), "warn"),
    ("3", gettext_lazy("61–90 days; 4 to 7: 30 days more each"), "bad"),
    ("C", gettext_lazy("month of payoff"), "good"),
)
TONES = {"/": "", "N": "good", "1": "note", "2": "warn", "C": "good"}


def months_of(settlement, months=24):
    """[(mark, tone, "YYYY-MM")] of the last so many months of the profile, oldest first."""
    newest = settlement.settled_on.year * 12 + settlement.settled_on.month - 1
    profile = settlement.profile[-months:]
    return [
        (mark, TONES.get(mark, "bad"), f"{month // 12}-{month % 12 + 1:02}")
        for month, mark in enumerate(profile, start=newest - len(profile) + 1)
    ]
