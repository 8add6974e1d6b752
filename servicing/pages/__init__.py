"""What every page stands on: rights, sessions, lists and files."""

from servicing.pages.files import csv_file
from servicing.pages.lists import Keyset, ListPage, Words
from servicing.pages.rights import (
    PUBLIC,
    RightMixin,
    RightRequired,
    every_view_declares_its_right,
    public,
    right,
    routes,
)
from servicing.pages.sessions import ChosenLanguage, SessionLimits

__all__ = [
    "PUBLIC",
    "ChosenLanguage",
    "Keyset",
    "ListPage",
    "RightMixin",
    "RightRequired",
    "SessionLimits",
    "Words",
    "csv_file",
    "every_view_declares_its_right",
    "public",
    "right",
    "routes",
]
