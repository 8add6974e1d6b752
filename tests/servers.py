"""Loaded before Django reads its settings: the suite's own database on real servers."""

import gc
import os
from pathlib import Path

TEMPLATE, DATABASE = "aftercare_template", "aftercare_test"

# `manage.py test` names the folder; plain pytest must not touch the data of a demonstration either.
os.environ.setdefault("AFTERCARE_STATE", str(Path(__file__).resolve().parent.parent / "var" / "test"))
# Where the suite runs in several processes, each has servers of its own and nothing is shared.
if part := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["AFTERCARE_STATE"] = str(Path(os.environ["AFTERCARE_STATE"]) / part)
os.environ["AFTERCARE_DB"] = DATABASE
os.environ["AFTERCARE_PLAIN_HTTP"] = "1"

from config import embedded  # noqa: E402

embedded.use(lasting=False)
# Where collected files would lie; missing, it would be a warning with every request.
(embedded.state_dir() / "static").mkdir(exist_ok=True)


# Until all is imported there is nothing to be thrown away.
gc.disable()


def pytest_collection_finish():
    """What is there by now stays to the end, so nobody looks through it again."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    gc.enable()


def pytest_unconfigure():
    """A process of the suite stops its servers itself: not every way out of it passes atexit."""
    embedded.leave()
