"""Drawings of feedback."""

from django.utils.translation import gettext as _

from servicing.charts import layout, titled

LINES = tuple(f"var(--chart-{number})" for number in range(1, 9))
PLAIN = {"gridcolor": "rgba(0,0,0,0)"}
# Days in figures, which both languages read.
DAYS = {"type": "date", "tickformat": "%Y-%m-%d"}


def pareto(rows, *, measure):
    """Bars of clusters and the line of their cumulative share; rows: (words, value, cumulative %, url)."""
    # The names are long: a bar bears its number in the table, and says its name when it is pointed at.
    names = [words for words, *_rest in rows]
    ranks = [str(number) for number in range(1, len(rows) + 1)]
    links = [url for *_rest, url in rows]
    bars = {
        "type": "bar",
        "name": measure,
        "x": ranks,
        "text": names,
        "textposition": "none",
        "y": [float(value) for _words, value, *_rest in rows],
        "customdata": links,
        "marker": {"color": "var(--chart-1)"},
        "hovertemplate": "%{text}: %{y:,}<extra></extra>",
    }
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": _("cumulative share"),
        "x": ranks,
        "text": names,
        "y": [share for _words, _value, share, _url in rows],
        "yaxis": "y2",
        "customdata": links,
        "marker": {"color": "var(--chart-3)", "size": 7},
        "line": {"color": "var(--chart-3)", "width": 2},
        "hovertemplate": "%{text}: %{y:.1f}%<extra></extra>",
    }
    percent = PLAIN | {
        "overlaying": "y", "side": "right", "range": [0, 102], "dtick": 20, "ticksuffix": "%",
        "zeroline": False, "automargin": True, "title": titled(_("cumulative share")),
    }  # fmt: skip
    frame = layout(
        x=_("number in the table below"),
        y=measure,
        xaxis=PLAIN | {"type": "category"},
        yaxis={"rangemode": "tozero"},
    )
    return {"data": [bars, line], "layout": frame | {"yaxis2": percent}}


def trends(weeks, series):
    """A line of weekly rates in percent for each cluster; series: (words, [rate or None], url)."""
    data = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": words,
            "x": [week.isoformat() for week in weeks],
            "y": rates,
            "customdata": [url] * len(weeks),
            "connectgaps": False,
            "line": {"color": LINES[number % len(LINES)], "width": 2},
            "marker": {"size": 6},
            "hovertemplate": "%{y:.1f}%<extra>" + words + "</extra>",
        }
        for number, (words, rates, url) in enumerate(series)
    ]
    frame = layout(
        x=_("week from"),
        y=_("customers met, % of those who tried"),
        xaxis=DAYS,
        yaxis={"rangemode": "tozero"},
    )
    return {"data": data, "layout": frame}


def heat(found, *, weekdays):
    """Squares, the fuller the more attempts failed: `found[weekday, hour]`.

    Plotly's own heatmap writes a style into the page, which the content policy forbids.
    """
    cells = [(day, hour) for day in range(7) for hour in range(24)]
    counts = [found.get(cell, 0) for cell in cells]
    squares = {
        "type": "scatter",
        "mode": "markers",
        "x": [hour for _day, hour in cells],
        "y": [weekdays[day] for day, _hour in cells],
        "text": [f"{hour:02d}:00–{hour:02d}:59" for _day, hour in cells],
        "marker": {
            "symbol": "square",
            "size": 17,
            "color": counts,
            "cmin": 0,
            "cmax": max(*counts, 1),
            "colorscale": [[0, "var(--sunk)"], [1, "var(--chart-3)"]],
            "line": {"width": 1, "color": "var(--line)"},
        },
        "hovertext": [f"{count:,}" for count in counts],
        "hovertemplate": _("%(day)s %(time)s: %(count)s failed attempts")
        % {"day": "%{y}", "time": "%{text}", "count": "%{hovertext}"}
        + "<extra></extra>",
    }
    days = {
        "type": "category", "categoryorder": "array", "categoryarray": list(weekdays), "range": [6.5, -0.5],
    }  # fmt: skip
    frame = layout(x=_("hour"), y="", xaxis=PLAIN | {"range": [-0.7, 23.7], "dtick": 3}, yaxis=PLAIN | days)
    return {"data": [squares], "layout": frame}


def before_and_after(rows, *, fixed_on, planned, link):
    """The rate of each week with its interval in percent, the day of the fix, and what was planned since.

    rows: (first day, rate, low, high) in percent; `planned` a percentage or None; `link(first)` the list.
    """
    weeks = [first for first, *_rest in rows]
    rates = {
        "type": "scatter",
        "mode": "markers+lines",
        "name": _("rate a week, 95 % interval"),
        "x": weeks,
        "y": [rate for _first, rate, *_rest in rows],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [high - rate for _first, rate, _low, high in rows],
            "arrayminus": [rate - low for _first, rate, low, _high in rows],
            "color": "var(--chart-1)",
            "thickness": 1.5,
        },
        "customdata": [link(first) if link else None for first in weeks],
        "marker": {"color": "var(--chart-1)", "size": 8},
        "line": {"color": "var(--chart-1)", "width": 1, "dash": "dot"},
        "hovertemplate": _("week from %(week)s: %(rate)s%%") % {"week": "%{x}", "rate": "%{y:.1f}"}
        + "<extra></extra>",
    }
    top = max([high for *_rest, high in rows], default=1)
    fix = {
        "type": "scatter", "mode": "lines", "name": _("day of the fix"), "x": [fixed_on, fixed_on],
        "y": [0, top], "line": {"color": "var(--chart-3)", "width": 2}, "hoverinfo": "name",
    }  # fmt: skip
    data = [rates, fix]
    later = [week for week in weeks if week > fixed_on]
    if planned is not None and later:
        data.append({
            "type": "scatter", "mode": "lines", "name": _("planned"), "x": [fixed_on, later[-1]],
            "y": [planned, planned], "line": {"color": "var(--chart-2)", "width": 2, "dash": "dash"},
            "hovertemplate": "%{y:.1f}%<extra></extra>",
        })  # fmt: skip
    frame = layout(x=_("week from"), y=_("rate, %"), xaxis=DAYS, yaxis={"rangemode": "tozero"})
    return {"data": data, "layout": frame}
