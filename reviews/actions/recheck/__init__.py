"""The recheck: what is judged (judging), by runs over all (running), and after a fact (events)."""

from reviews.actions.recheck.events import judge_dirty
from reviews.actions.recheck.judging import BUCKET, KIND, newest_day, whole_runs
from reviews.actions.recheck.running import Stuck, finish, run, start, tonight, work

__all__ = [
    "BUCKET",
    "KIND",
    "Stuck",
    "finish",
    "judge_dirty",
    "newest_day",
    "run",
    "start",
    "tonight",
    "whole_runs",
    "work",
]
