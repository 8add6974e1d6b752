"""Compiles the catalogues when the process starts, so that no machine needs gettext."""

import os

import polib
from django.conf import settings
from django.utils.translation.reloader import translation_file_changed


def compile_all():
    """Write each .mo that is older than its .po; of two processes at once either result is whole."""
    for folder in settings.LOCALE_PATHS:
        for po in folder.glob("*/LC_MESSAGES/*.po"):
            mo = po.with_suffix(".mo")
            if not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime:
                fresh = mo.with_suffix(f".{os.getpid()}")
                polib.pofile(str(po)).save_as_mofile(str(fresh))
                fresh.replace(mo)
                # Django's own models have asked for words by now, and would go on with the old ones.
                translation_file_changed(None, mo)
