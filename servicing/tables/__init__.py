"""Lists of servicing. A column speaks twice: `render_` to the eye, `value_` to the file, masked in both."""

from servicing.tables.archive import NOWRAP, LoanTable, borrower_link, borrower_text
from servicing.tables.bureau import ObjectionTable
from servicing.tables.controls import ApprovalTable
from servicing.tables.exports import ExportTable
from servicing.tables.feed import FeedMessageTable
from servicing.tables.intake import ImportTable, RejectTable, import_tone
from servicing.tables.ledger import LedgerTable
from servicing.tables.monitor import MonitorTable
from servicing.tables.payoff import StepTable

__all__ = [
    "NOWRAP",
    "ApprovalTable",
    "ExportTable",
    "FeedMessageTable",
    "ImportTable",
    "LedgerTable",
    "LoanTable",
    "MonitorTable",
    "ObjectionTable",
    "RejectTable",
    "StepTable",
    "borrower_link",
    "borrower_text",
    "import_tone",
]
