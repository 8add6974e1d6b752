"""Lines of the log: a link that lets its holder answer without signing in is a secret, also in an address."""

import logging
import re

SECRET = re.compile(r"/(s|no)/[^/\s'\"]+")


class Line(logging.Formatter):
    """A line, and what failed beneath it, without the secrets of links."""

    def format(self, record):
        return SECRET.sub(r"/\1/…", super().format(record))
