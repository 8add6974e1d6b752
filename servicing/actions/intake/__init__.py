"""Files come in: staged, checked, and applied by a second person or by the operator's shell."""

from servicing.actions.intake.running import NotAllowed, Stuck, apply, carry, counts_of_call, exported, work
from servicing.actions.intake.staging import stage

__all__ = ["NotAllowed", "Stuck", "apply", "carry", "counts_of_call", "exported", "stage", "work"]
