"""Serves single files out of installed packages, so that no third-party asset is copied in."""

from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage


class PackageFinder(BaseFinder):
    """PACKAGE_STATIC: {url prefix: (package, folder inside it, [file names])}."""

    def __init__(self, app_names=None, *args, **kwargs):
        self.entries = []
        for prefix, (package, folder, names) in settings.PACKAGE_STATIC.items():
            spec = find_spec(package)  # which does not import it
            if spec is None or not spec.submodule_search_locations:
                raise ImproperlyConfigured(f"{package} is not installed")
            root = Path(spec.submodule_search_locations[0]) / folder
            storage = FileSystemStorage(location=str(root))
            storage.prefix = prefix  # type: ignore[attr-defined]  # Django's own finders do it, too
            self.entries.append((prefix, root, names, storage))

    def check(self, **kwargs):
        return []

    def find(self, path, find_all=False, **kwargs):
        hits = [
            str(root / name)
            for prefix, root, names, _ in self.entries
            for name in names
            if path == f"{prefix}/{name}" and (root / name).is_file()
        ]
        return hits if find_all else (hits[0] if hits else [])

    def list(self, ignore_patterns):
        for _prefix, _root, names, storage in self.entries:
            for name in names:
                yield name, storage
