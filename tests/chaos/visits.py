"""Who comes to the front door of the house: the loan core and a person. Both say again what got no answer."""

import http.client
import json
import time
from collections import Counter
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from servicing.models import Run, Staff

TOKEN = "c" * 32
BY_LIST = "reviews:coverage-list"


class Visits:
    """What is asked of a site on a port of this machine, and how it answered; several may ask at once."""

    def __init__(self, port):
        self.port, self.cut, self.answers, self.tokens = port, 0, Counter(), []
        client = Client()
        client.force_login(Staff.objects.get(username="ana"))
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={TOKEN}"
        self.person = {"Cookie": cookies, "X-CSRFToken": TOKEN}

    def ask(self, method, path, body=None, headers=None, *, seconds=30):
        """Ask until there is an answer other than that the house is away: (status, body)."""
        until = time.monotonic() + seconds
        while True:
            line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
            try:
                line.request(method, path, body, headers or {})
                answer = line.getresponse()
                said = answer.status, answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.cut += not isinstance(error, ConnectionRefusedError)
                said = 0, b""
            finally:
                line.close()
            self.answers[said[0]] += 1
            if said[0] not in (0, 503):
                return said
            if time.monotonic() > until:
                raise TimeoutError(f"no answer to {path} but {said[0]}")
            time.sleep(0.05)

    def deliver(self, delivery):
        """What the loan core sends; it is told the first number that is missing."""
        seal, body = delivery
        said = self.ask("POST", "/feed/chaos/", body, {"Feed-Seal": seal, "Content-Type": "text/plain"})
        assert said[0] == 200, said
        return json.loads(said[1])["next"]

    def choose(self, token, ids):
        """A person starts a run over a few borrowers, by a form that is one run however often it is sent."""
        self.tokens.append(token)
        sent = {"of": BY_LIST, "query": "tab=all", "token": token, "chosen": ids}
        form = {**self.person, "Content-Type": "application/x-www-form-urlencoded"}
        said = self.ask("POST", "/recheck/chosen/", urlencode(sent, doseq=True), form)
        assert said[0] == 302, said

    def look(self):
        said = self.ask("GET", "/recheck/", headers=self.person)
        assert said[0] == 200, said

    def runs(self):
        """How many runs there are of each form that was sent."""
        slots = list(Run.objects.values_list("slot", flat=True))
        return [sum(f"@{token}@" in slot for slot in slots) for token in self.tokens]
