"""Files come in: staged, checked, and applied by a second person or by the operator's shell."""

from servicing.actions.intake.layouts import BY_CODE, LAYOUTS
from servicing.actions.intake.mending import ask_rows, is_of_rows, rejected_rows
from servicing.actions.intake.previews import digest, waiting, why_stale
from servicing.actions.intake.reading import progress
from servicing.actions.intake.running import (
    Stuck,
    apply,
    carry,
    check_again,
    exported,
    work,
)
from servicing.actions.intake.staging import APPLY, NotAllowed, clear_uploads, forget_rejected, stage
from servicing.actions.intake.takers import Face, Taker, counts_of_call, face_of, layout_words, said
from servicing.actions.intake.trouble import retry, withdraw
from servicing.actions.intake.undoing import ask_undo, outcome

__all__ = [
    "APPLY",
    "BY_CODE",
    "LAYOUTS",
    "Face",
    "NotAllowed",
    "Stuck",
    "Taker",
    "apply",
    "ask_rows",
    "ask_undo",
    "carry",
    "check_again",
    "clear_uploads",
    "counts_of_call",
    "digest",
    "exported",
    "face_of",
    "forget_rejected",
    "is_of_rows",
    "layout_words",
    "outcome",
    "progress",
    "rejected_rows",
    "retry",
    "said",
    "stage",
    "waiting",
    "why_stale",
    "withdraw",
    "work",
]
