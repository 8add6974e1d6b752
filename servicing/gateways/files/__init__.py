"""The street for files: CSV and spreadsheets in several spellings, sealed on arrival, read as a stream."""

from servicing.gateways.files.delivery import examined, folder, remove, sealed
from servicing.gateways.files.refusal import Refused
from servicing.gateways.files.sheets import workbook
from servicing.gateways.files.spool import Sealed, Watched, Writer, clear, seal
from servicing.gateways.files.tables import REASON, Reading, ends_whole, rows
from servicing.gateways.files.templates import TEMPLATES

__all__ = [
    "REASON",
    "TEMPLATES",
    "Reading",
    "Refused",
    "Sealed",
    "Watched",
    "Writer",
    "clear",
    "ends_whole",
    "examined",
    "folder",
    "remove",
    "rows",
    "seal",
    "sealed",
    "workbook",
]
