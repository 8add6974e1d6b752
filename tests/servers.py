"""Loaded before Django reads its settings: the suite's own database on real servers."""

import os

TEMPLATE, DATABASE = "aftercare_template", "aftercare_test"

os.environ["AFTERCARE_DB"] = DATABASE
os.environ["AFTERCARE_PLAIN_HTTP"] = "1"

from config import embedded  # noqa: E402

embedded.use(lasting=False)
