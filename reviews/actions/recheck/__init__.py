"""The recheck: what is judged (judging), by runs over all (running), after a fact (events), and forgotten."""

from reviews.actions.recheck.events import judge_dirty
from reviews.actions.recheck.forgetting import forget, may_forget
from reviews.actions.recheck.isolation import retry
from reviews.actions.recheck.judging import BUCKET, KIND, first_day, newest_day, whole_runs
from reviews.actions.recheck.running import Stuck, finish, run, start, tonight, work

__all__ = [
    "BUCKET",
    "KIND",
    "Stuck",
    "finish",
    "first_day",
    "forget",
    "judge_dirty",
    "may_forget",
    "newest_day",
    "retry",
    "run",
    "start",
    "tonight",
    "whole_runs",
    "work",
]
