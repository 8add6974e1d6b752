"""Messages to borrowers: queued once by key, withdrawn while they wait, sent once, settled by people."""

from servicing.actions.messages.queueing import NotAllowed, queue, refusal, withdraw
from servicing.actions.messages.sending import dispatch
from servicing.actions.messages.settling import drop, mark_sent, resend

__all__ = ["NotAllowed", "dispatch", "drop", "mark_sent", "queue", "refusal", "resend", "withdraw"]
