"""Masking, normalising and sealing of personal data."""

from servicing.domain.privacy.free_text import blur, says_something
from servicing.domain.privacy.keyring import Keyring, place
from servicing.domain.privacy.spelling import (
    FIELDS,
    REVEAL_REASONS,
    canonical,
    check_digit,
    mask,
    normal,
    reference,
    tidy,
)
from servicing.domain.privacy.words import NO_SIGNS, kept

__all__ = [
    "FIELDS",
    "NO_SIGNS",
    "REVEAL_REASONS",
    "Keyring",
    "blur",
    "canonical",
    "check_digit",
    "kept",
    "mask",
    "normal",
    "place",
    "reference",
    "says_something",
    "tidy",
]
