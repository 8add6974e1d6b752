"""Drawings of feedback: rows in, a Plotly figure as a plain dict out."""

from feedback.charts.improvements import before_and_after, heat, pareto, trends
from feedback.charts.loyalty import effect_over_time

__all__ = ["before_and_after", "effect_over_time", "heat", "pareto", "trends"]
