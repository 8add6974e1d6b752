"""The layouts in which loans come in."""

from servicing.domain.intake import native, superlender

LAYOUTS = (native.LAYOUT, superlender.LAYOUT)
BY_CODE = {layout.code: layout for layout in LAYOUTS}
