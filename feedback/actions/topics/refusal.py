"""The one way in which a verb about topics says no."""


class NotAllowed(Exception):
    """A verb that needs another right or another topic; the message is a code."""
