"""Charts are checked by Plotly itself."""

from datetime import date

import plotly.graph_objects as go
from django.utils.translation import override

from servicing import charts

MONTHS = [date(2026, 10, 1), date(2026, 11, 1)]
COUNTS = {(MONTHS[0], "normal"): 3, (MONTHS[1], "late"): 1}


def test_settlements_are_stacked_by_kind_and_say_their_unit():
    figure = charts.settlements_by_month(MONTHS, ["normal", "late"], COUNTS, link=lambda m, k: f"/{m:%m}/{k}")
    checked = go.Figure(figure)
    assert [tuple(trace.y) for trace in checked.data] == [(3, 0), (0, 1)]
    assert checked.data[1].customdata == ("/10/late", "/11/late")
    assert checked.layout.barmode == "stack"
    assert checked.layout.xaxis.title.text
    assert checked.layout.yaxis.title.text


def test_a_chart_without_a_list_behind_it_leads_nowhere():
    assert "customdata" not in charts.settlements_by_month(MONTHS, ["normal"], COUNTS)["data"][0]


def test_hovering_says_it_in_words():
    with override("en"):
        figure = charts.settlements_by_month(MONTHS, ["late"], COUNTS)
    assert figure["data"][0]["hovertemplate"] == "%{x}, repaid late: %{y:,} loans<extra></extra>"
