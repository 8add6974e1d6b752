"""Files come in: staged, checked, and applied by a second person or by the operator's shell."""

from servicing.actions.intake.running import Stuck, apply, carry, counts_of_call, exported, work
from servicing.actions.intake.staging import APPLY, NotAllowed, clear_uploads, stage
from servicing.actions.intake.trouble import retry, withdraw

__all__ = [
    "APPLY",
    "NotAllowed",
    "Stuck",
    "apply",
    "carry",
    "clear_uploads",
    "counts_of_call",
    "exported",
    "retry",
    "stage",
    "withdraw",
    "work",
]
