"""The layouts in which files come in, in the order of the settings: those of upper apps stand among them."""

from django.conf import settings
from django.utils.module_loading import import_string

LAYOUTS = tuple(layout for path in settings.LAYOUTS for layout in import_string(path))
BY_CODE = {layout.code: layout for layout in LAYOUTS}
