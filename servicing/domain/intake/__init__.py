"""The layouts in which loans come in, and what others know of borrowers."""

from servicing.domain.intake import native, observations, superlender

LAYOUTS = (native.LAYOUT, observations.LAYOUT, superlender.LAYOUT)
