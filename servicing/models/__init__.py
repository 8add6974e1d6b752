"""The nouns of servicing, re-exported so that callers need not know which column they stand in."""

from servicing.models.archive import (
    Arrear,
    Borrower,
    BorrowerHistory,
    Certificate,
    ClassOverride,
    Guarantor,
    Instalment,
    Loan,
    Pause,
    Payment,
    PayoffStep,
    Product,
    Reminder,
    Settlement,
    Source,
    Stamp,
    Tally,
)
from servicing.models.bureau import Objection
from servicing.models.calls import Call
from servicing.models.controls import Approval, Deputy
from servicing.models.drafts import Draft
from servicing.models.exports import Export
from servicing.models.external import Observation
from servicing.models.feed import Feed, FeedDay, FeedMessage
from servicing.models.feed_refusals import FeedReason, FeedRefusal
from servicing.models.intake import Arrival, ImportBatch, Reject, StagedRow
from servicing.models.jobs import Heartbeat, Run, Shard
from servicing.models.ledger import LedgerEntry, LedgerHead, LedgerLink
from servicing.models.monitor import OldestDue
from servicing.models.periods import CalendarDay, Period
from servicing.models.phones import PhoneChange
from servicing.models.privacy import KeyMark
from servicing.models.processing import Consent, Restriction
from servicing.models.refusals import Reason, Spelling, in_words
from servicing.models.staff import SavedView, Staff
from servicing.models.throttle import Knock

__all__ = [
    "Approval",
    "Arrear",
    "Arrival",
    "Borrower",
    "BorrowerHistory",
    "CalendarDay",
    "Call",
    "Certificate",
    "ClassOverride",
    "Consent",
    "Deputy",
    "Draft",
    "Export",
    "Feed",
    "FeedDay",
    "FeedMessage",
    "FeedReason",
    "FeedRefusal",
    "Guarantor",
    "Heartbeat",
    "ImportBatch",
    "Instalment",
    "KeyMark",
    "Knock",
    "LedgerEntry",
    "LedgerHead",
    "LedgerLink",
    "Loan",
    "Objection",
    "Observation",
    "OldestDue",
    "Pause",
    "Payment",
    "PayoffStep",
    "Period",
    "PhoneChange",
    "Product",
    "Reason",
    "Reject",
    "Reminder",
    "Restriction",
    "Run",
    "SavedView",
    "Settlement",
    "Shard",
    "Source",
    "Spelling",
    "Staff",
    "StagedRow",
    "Stamp",
    "Tally",
    "in_words",
]
