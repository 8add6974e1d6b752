"""What a campaign changed, measurement by measurement."""

from django.utils.translation import gettext as _

from servicing.charts import layout

COLOURS = {"lift": "var(--chart-1)", "overdue": "var(--chart-3)", "net": "var(--chart-2)"}


def effect_over_time(rows, names, *, y):
    """Dots with their 95 % intervals; `rows` are measurements, oldest first, `names` {measure: its words}."""
    data = []
    for measure, words in names.items():
        known = [row for row in rows if getattr(row, measure) is not None]
        values = [getattr(row, measure) for row in known]
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": str(words),
                "x": [row.on.isoformat() for row in known],
                "y": [round(value, 2) for value in values],
                "error_y": {
                    "type": "data",
                    "symmetric": False,
                    "array": [getattr(row, f"{measure}_high") - getattr(row, measure) for row in known],
                    "arrayminus": [getattr(row, measure) - getattr(row, f"{measure}_low") for row in known],
                    "color": COLOURS[measure],
                },
                "marker": {"color": COLOURS[measure], "size": 9},
                "line": {"color": COLOURS[measure], "width": 1.5},
                "hovertemplate": _("%(day)s, %(measure)s: %(value)s")
                % {"day": "%{x}", "measure": words, "value": "%{y}"}
                + "<extra></extra>",
            }
        )
    # As categories, because a date axis would put ticks between the measurements.
    frame = layout(
        x=_("measured on"),
        y=y,
        xaxis={"type": "category", "gridcolor": "rgba(0,0,0,0)"},
        yaxis={"zeroline": True, "zerolinecolor": "var(--soft)"},
    )
    return {"data": data, "layout": frame}
