"""The recheck: what is judged (judging by statement), by runs over all (running), after a fact (events), and
forgotten; what was missed or chosen by a person (catching_up), who was looked at in time (counting), and what
another card would make of all (banding).
"""

from reviews.actions.recheck.banding import effect
from reviews.actions.recheck.catching_up import NotAllowed, catch_up, choose, missed
from reviews.actions.recheck.counting import coverage, keep, watch
from reviews.actions.recheck.events import judge_dirty
from reviews.actions.recheck.finished import KIND, first_day, newest_day, whole_runs
from reviews.actions.recheck.forgetting import forget, may_forget
from reviews.actions.recheck.isolation import retry
from reviews.actions.recheck.judging import BUCKET
from reviews.actions.recheck.running import Stuck, finish, run, start, tonight, work
from reviews.actions.recheck.standing import of as standing_of

__all__ = [
    "BUCKET",
    "KIND",
    "NotAllowed",
    "Stuck",
    "catch_up",
    "choose",
    "coverage",
    "effect",
    "finish",
    "first_day",
    "forget",
    "judge_dirty",
    "keep",
    "may_forget",
    "missed",
    "newest_day",
    "retry",
    "run",
    "standing_of",
    "start",
    "tonight",
    "watch",
    "whole_runs",
    "work",
]
