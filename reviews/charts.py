"""Drawings of reviews."""

from datetime import datetime, time, timedelta

from django.utils.translation import gettext as _

from reviews.models import Alert
from servicing.charts import layout, whole

# Of the bands of points, by their numbers; what has none is grey.
BANDS = {0: "var(--chart-2)", 1: "var(--chart-5)", 2: "var(--chart-3)", None: "var(--chart-7)"}
A_DAY = 86_400_000  # as Plotly counts, in milliseconds
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


def by_band(groups, counts, *, bands, x, link=None, are_days=False):
    """Stacked bars: `counts[key, band]` borrowers; `groups` are (key, its words), `bands` the words of each.

    `link(key)` is the list behind a bar. Where the groups are days, one that is missing leaves a gap.
    """
    data = [
        {
            "type": "bar",
            "name": str(words),
            "x": [name for _key, name in groups],
            "y": [counts.get((key, band), 0) for key, _name in groups],
            "marker": {"color": BANDS[band]},
            "hovertemplate": _("%(group)s, %(band)s: %(count)s borrowers")
            % {"group": "%{x}", "band": words, "count": "%{y:,}"}
            + "<extra></extra>",
        }
        | ({"width": 0.65 * A_DAY} if are_days else {})
        | ({"customdata": [link(key) for key, _name in groups]} if link else {})
        for band, words in bands.items()
        if any(counts.get((key, band)) for key, _name in groups)
    ]
    axis = calendar(groups[0][0], groups[-1][0]) if are_days else {"type": "category"}
    axis |= {"gridcolor": "rgba(0,0,0,0)"}
    return {"data": data, "layout": layout(x=x, y=_("borrowers"), xaxis=axis, yaxis=whole(counts))}


def calendar(first, latest):
    """An axis of whole days with at most eight of them named."""
    half = timedelta(hours=12)
    edges = [
        f"{datetime.combine(day, time()) + side:%Y-%m-%d %H:%M}"
        for day, side in ((first, -half), (latest, half))
    ]
    return {
        "type": "date",
        "tickformat": "%Y-%m-%d",
        "range": edges,
        "dtick": ((latest - first).days // 8 + 1) * A_DAY,
    }


def moves(shares, counts, *, bands):
    """Tiles: `shares[before, band]` percent of those who stood in a band before; `counts` are borrowers.

    Squares on a grid: Plotly's own heatmap writes a style into the page, which the content policy forbids.
    """
    cells = [pair for pair in ((before, band) for before in bands for band in bands) if pair in shares]
    drawn = [shares[pair] for pair in cells]
    tiles = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [str(bands[band]) for _before, band in cells],
        "y": [str(bands[before]) for before, _band in cells],
        "text": [f"{share:.1f}%" for share in drawn],
        # Dark words on pale tiles, pale ones on full tiles.
        "textfont": {"color": ["var(--ink)" if share < 50 else "var(--card)" for share in drawn]},
        "marker": {
            "symbol": "square",
            "size": 62,
            "color": drawn,
            "cmin": 0,
            "cmax": 100,
            "colorscale": [[0, "var(--card)"], [1, "var(--chart-1)"]],
            "line": {"width": 1, "color": "var(--line)"},
        },
        "hovertext": [f"{counts.get(pair, 0):,}" for pair in cells],
        "hovertemplate": _("from %(before)s to %(now)s: %(count)s borrowers, %(share)s of the band before")
        % {"before": "%{y}", "now": "%{x}", "count": "%{hovertext}", "share": "%{text}"}
        + "<extra></extra>",
    }
    names = [str(words) for words in bands.values()]
    plain = {
        "type": "category",
        "gridcolor": "rgba(0,0,0,0)",
        "categoryorder": "array",
        "categoryarray": names,
        "range": [-0.5, len(names) - 0.5],
    }
    frame = layout(
        x=_("band now, % of the band before"),
        y=_("band before"),
        xaxis=plain,
        yaxis=plain | {"range": plain["range"][::-1]},
    )
    return {"data": [tiles], "layout": frame}


WORKERS = tuple(f"var(--chart-{number})" for number in range(1, 9))


def shards_over_time(rows, *, link):
    """Dots: each part of a run by when it was done and how long it took, a colour for each worker.

    rows: (worker, seconds since the start, seconds it took, borrowers); `link(worker)` is the list behind.
    """
    workers = sorted({worker for worker, *_more in rows})
    data = []
    for number, worker in enumerate(workers):
        mine = [row for row in rows if row[0] == worker]
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": worker,
                "x": [since for _who, since, _took, _size in mine],
                "y": [took for _who, _since, took, _size in mine],
                "text": [f"{size:,}" for *_more, size in mine],
                "customdata": [link(worker)] * len(mine),
                "marker": {"color": WORKERS[number % len(WORKERS)], "size": 8},
                "hovertemplate": _("%(took)s s for %(count)s borrowers, done %(since)s s after the start")
                % {"took": "%{y:.2f}", "count": "%{text}", "since": "%{x:.1f}"}
                + "<extra></extra>",
            }
        )
    from_nothing = {"rangemode": "tozero"}
    frame = layout(
        x=_("done, seconds after the start"),
        y=_("seconds for a part"),
        xaxis=from_nothing,
        yaxis=from_nothing,
    )
    return {"data": data, "layout": frame | {"showlegend": len(workers) > 1}}
