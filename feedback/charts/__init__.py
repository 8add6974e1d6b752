"""Drawings of feedback: rows in, a Plotly figure as a plain dict out."""

from feedback.charts.loyalty import effect_over_time

__all__ = ["effect_over_time"]
