"""What is answered when a request fails: the house is away for a moment, or something broke."""

import sys

from django.db import InterfaceError, OperationalError
from django.shortcuts import render
from django.views import defaults

# Seconds after which it is worth asking again: a restarted database answers within them.
RETRY_AFTER = 10


def server_error(request):
    """503 while the database is away, so that proxies and people come again; 500 for a fault of ours."""
    if not isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        return defaults.server_error(request)
    answer = render(None, "503.html", status=503)
    answer["Retry-After"], answer["Cache-Control"] = str(RETRY_AFTER), "no-store"
    return answer
