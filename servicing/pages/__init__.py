"""What every page stands on: rights, sessions, lists and files."""

from servicing.pages.counting import Count
from servicing.pages.files import TYPES, csv_file, file_of
from servicing.pages.keyset import Keyset
from servicing.pages.lists import ListPage, Words, list_page, spoken
from servicing.pages.rights import (
    PUBLIC,
    RightMixin,
    RightRequired,
    every_view_declares_its_right,
    public,
    right,
    routes,
)
from servicing.pages.sessions import ChosenLanguage, SessionLimits, SteadySettings, client_address
from servicing.pages.typed import keeps, typed_before
from servicing.pages.verbs import ask

__all__ = [
    "PUBLIC",
    "TYPES",
    "ChosenLanguage",
    "Count",
    "Keyset",
    "ListPage",
    "RightMixin",
    "RightRequired",
    "SessionLimits",
    "SteadySettings",
    "Words",
    "ask",
    "client_address",
    "csv_file",
    "every_view_declares_its_right",
    "file_of",
    "keeps",
    "list_page",
    "public",
    "right",
    "routes",
    "spoken",
    "typed_before",
]
