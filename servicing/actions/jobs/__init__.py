"""Runs are planned once; shards are leased, done, retried or quarantined. PostgreSQL's clock decides."""

from servicing.actions.jobs.failing import is_passing, quarantine, retry
from servicing.actions.jobs.leasing import Lost, claim, done, hold, pause, renew
from servicing.actions.jobs.planning import beat, finish, is_complete, plan, progress
from servicing.actions.jobs.working import steps, trouble_of, work

__all__ = [
    "Lost",
    "beat",
    "claim",
    "done",
    "finish",
    "hold",
    "is_complete",
    "is_passing",
    "pause",
    "plan",
    "progress",
    "quarantine",
    "renew",
    "retry",
    "steps",
    "trouble_of",
    "work",
]
