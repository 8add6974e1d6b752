"""What the drawings say of the rows that they are given."""

from datetime import date

from reviews import charts


def test_a_day_that_nobody_judged_is_a_gap_between_bars():
    days = [date(2026, 11, 20), date(2026, 11, 27), date(2026, 11, 28)]
    counts = {(day, 0): 5 for day in days}
    groups = [(day, day.isoformat()) for day in days]
    figure = charts.by_band(groups, counts, bands={0: "low"}, x="day", are_days=True)
    axis, (bars,) = figure["layout"]["xaxis"], figure["data"]
    assert (axis["type"], axis["range"]) == ("date", ["2026-11-19 12:00", "2026-11-28 12:00"])
    assert bars["x"] == ["2026-11-20", "2026-11-27", "2026-11-28"]
    assert bars["width"] < axis["dtick"]
