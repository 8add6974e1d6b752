import plotly.graph_objects as go

from reviews import charts

NAMES = {"worst_late": "Was badly late", "last_late": "Last payoff came late"}
COUNTS = {("worst_late", "waiting"): 4, ("last_late", "open"): 2}


def test_alerts_are_stacked_by_status_the_first_rule_on_top():
    figure = charts.alerts_by_rule(
        ["worst_late", "last_late"], COUNTS, names=NAMES, link=lambda r, s: f"/{r}/{s}"
    )
    waiting, opened, answered = go.Figure(figure).data
    assert tuple(waiting.x) == (0, 4)
    assert tuple(opened.x) == (2, 0)
    assert tuple(answered.x) == (0, 0)
    assert waiting.customdata == ("/last_late/waiting", "/worst_late/waiting")


def test_a_chart_without_a_list_behind_it_leads_nowhere():
    assert "customdata" not in charts.alerts_by_rule(["worst_late"], COUNTS, names=NAMES)["data"][0]
