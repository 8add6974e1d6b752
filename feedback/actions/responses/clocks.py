"""The clocks with the settings of the day on which something was received."""

from feedback.domain import responses
from servicing.actions import periods


def limits(*, on):
    """Days by kind, as the settings had them on a day."""
    return responses.Limits(
        complaint=periods.value("complaint.days", on=on),
        complex=periods.value("complaint.complex", on=on),
        extension=periods.value("complaint.extension", on=on),
        objection=periods.value("objection.days", on=on),
        suggestion=periods.value("suggestion.days", on=on),
    )


def due(kind, received_on, *, hotline_due_on=None, is_complex=False, is_extended=False):
    """The last day on which it must be answered; None for praise that nobody forwarded."""
    return responses.last_day(
        kind,
        received_on,
        limits=limits(on=received_on),
        hotline_due_on=hotline_due_on,
        is_complex=is_complex,
        is_extended=is_extended,
    )
