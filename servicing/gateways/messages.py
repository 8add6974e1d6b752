"""The street to borrowers: a folder, a mail server or an HTTPS service, behind one contract.

`code` names the gateway, `repeats` says whether the same key may be given to it again: whoever takes files or
requests knows a key that he had. `send` returns once the other side has the letter; otherwise it raises.
`until` is the instant of time.monotonic() at which the whole conversation is over, and `still` is asked right
before the letter itself leaves.
"""

import http.client
import json
import os
import smtplib
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from email.utils import formatdate
from functools import partial
from pathlib import Path
from smtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPResponseException,
)
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.utils import timezone

from servicing.domain.messages import retry_after, signature
from servicing.models.messages import BUSY, SHUT_OUT

# Seconds to reach the other side, and to wait for its answer.
CONNECT, READ = 3, 10
# Seconds after which a partner who does not know us is asked again: an operator may have mended it.
SHUT_OUT_WAIT = 300
# Signs of the secret that signs requests.
LEAST = 32


class NotSent(Exception):
    """It surely did not leave; the message is a code. `wait` is what the other side asks for, in seconds."""

    def __init__(self, code, *, wait=None, is_final=False):
        super().__init__(code)
        self.code, self.wait, self.is_final = code, wait, is_final


class NotKnown(Exception):
    """It may have left or not; the message is a code."""


def chosen():
    """The gateway of this installation; None where none is set, and messages wait.

    Raises ImproperlyConfigured for one that cannot work: messages wait for an operator, none fails.
    """
    code = str(settings.MESSAGES["gateway"])
    if code and code not in GATEWAYS:
        raise ImproperlyConfigured(f"AFTERCARE_MESSAGES is {code}, not one of {', '.join(GATEWAYS)}")
    return GATEWAYS[code](settings.MESSAGES) if code else None


def always():
    return True


class Line:
    """A connection that is shut at one instant, whatever the other side does: each answer may take its time,
    all of them together may not.
    """

    copy: socket.socket
    timer: threading.Timer | None = None

    def __init__(self, until):
        self.until = time.monotonic() + CONNECT + READ if until is None else until

    def __enter__(self):
        return self

    def __exit__(self, *_trouble):
        if self.timer:
            self.timer.cancel()
            self.copy.close()

    def left(self):
        """Seconds until it is over; raises NotSent where it is."""
        if (left := self.until - time.monotonic()) <= 0:
            raise NotSent("away")
        return left

    def connect(self, host, port):
        wire = socket.create_connection((host, port), min(CONNECT, self.left()))
        wire.settimeout(READ)
        # The same connection for as long as it lives, also once TLS has taken the socket over.
        self.copy = wire.dup()
        self.timer = threading.Timer(self.left(), self.cut)
        self.timer.daemon = True
        self.timer.start()
        return wire

    def cut(self):
        with suppress(OSError):
            self.copy.shutdown(socket.SHUT_RDWR)


def payload(letter):
    """The same words in a file and in a request."""
    return json.dumps(asdict(letter), ensure_ascii=False, sort_keys=True).encode()


class Folder:
    """One file a message, named by its key, which appears whole or not at all."""

    code, repeats = "file", True

    def __init__(self, config):
        self.folder = Path(config["folder"])

    def send(self, letter, *, until=None, still=always):
        path = self.folder / f"{letter.key}.json"
        fresh = self.folder / f".{letter.key}.{os.getpid()}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(payload(letter))
                file.flush()
                os.fsync(file.fileno())
            if not still():
                raise NotSent("away")
            Line(until).left()
            os.replace(fresh, path)
        except OSError:
            raise NotSent("away") from None
        finally:
            with suppress(OSError):
                fresh.unlink()


class Conversation(smtplib.SMTP):
    """With a mail server, up to the words themselves only while they may still leave."""

    def __init__(self, *args, line, still, **kwargs):
        self.line, self.still, self.has_begun = line, still, False
        super().__init__(*args, **kwargs)

    def _get_socket(self, host, port, timeout):
        return self.line.connect(host, port)

    def data(self, msg):
        if not self.still():
            raise NotSent("away")
        self.line.left()
        self.has_begun = True
        return super().data(msg)


class Carrier(EmailBackend):
    """One conversation on one line."""

    def __init__(self, line, still):
        super().__init__(timeout=READ)
        self.line, self.still = line, still

    @property
    def connection_class(self):
        return partial(Conversation, line=self.line, still=self.still)

    def close(self):
        with suppress(OSError, SMTPException):
            super().close()


class Mail:
    """To the mailbox that a carrier keeps for a number. A mail server does not know a key again."""

    code, repeats = "smtp", False

    def __init__(self, config):
        self.sender, self.mailbox = config["mail_from"], config["mail_to"]

    def send(self, letter, *, until=None, still=always):
        with Line(until) as line:
            carrier = Carrier(line, still)
            try:
                self.hand_over(letter, carrier)
            finally:
                carrier.close()

    def hand_over(self, letter, carrier):
        mail = EmailMessage(
            letter.subject, letter.body, self.sender, [self.mailbox.format(phone=letter.to)],
            headers={"Message-ID": f"<{letter.key}@{self.sender.rpartition('@')[2]}>", "Date": formatdate()},
            connection=carrier,
        )  # fmt: skip
        try:
            carrier.open()
        except SMTPAuthenticationError:
            raise NotSent(SHUT_OUT, wait=SHUT_OUT_WAIT) from None
        except (OSError, SMTPException):
            raise NotSent("away") from None
        try:
            mail.send()
        except NotSent:
            raise
        except (SMTPRecipientsRefused, SMTPNotSupportedError):
            raise NotSent("refused", is_final=True) from None
        except SMTPResponseException as answer:
            raise NotSent("refused", is_final=answer.smtp_code >= 500) from None
        except Exception as trouble:
            if carrier.connection.has_begun:
                # Cut off: nobody can say whether the server had taken it by then.
                raise NotKnown("cut_off") from None
            # What no mail can hold fails this one message, and keeps no other back.
            is_away = isinstance(trouble, (OSError, SMTPException))
            raise NotSent("away" if is_away else "refused", is_final=not is_away) from None


class Service:
    """A signed request; whoever takes it answers 2xx once, and again to the same Idempotency-Key."""

    code, repeats = "https", True

    def __init__(self, config):
        self.url, self.secret = urlsplit(config["url"]), config["secret"]
        schemes = ("https", "http") if settings.PLAIN_HTTP else ("https",)
        if self.url.scheme not in schemes or not self.url.netloc:
            raise ImproperlyConfigured("AFTERCARE_MESSAGES_URL is no HTTPS address")
        if len(self.secret) < LEAST:
            raise ImproperlyConfigured(f"AFTERCARE_MESSAGES_SECRET is shorter than {LEAST} signs")

    def send(self, letter, *, until=None, still=always):
        connection = http.client.HTTPConnection(self.url.netloc)
        # An address without a port is one of its scheme.
        port = self.url.port or (443 if self.url.scheme == "https" else 80)
        with Line(until) as line:
            try:
                connection.sock = self.secured(line.connect(connection.host, port))
                if not still():
                    raise NotSent("away")
                line.left()
                self.ask(connection, letter)
                # What it says besides its status is nobody's business, and is not waited for.
                answer = connection.getresponse()
            except (OSError, http.client.HTTPException):
                raise NotSent("away") from None
            finally:
                connection.close()
        judge(answer)

    def secured(self, wire):
        if self.url.scheme != "https":
            return wire
        return ssl.create_default_context().wrap_socket(wire, server_hostname=self.url.hostname)

    def ask(self, connection, letter):
        body, at = payload(letter), str(int(time.time()))
        signed = signature(self.secret, at=at, key=letter.key, body=body)
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": letter.key,
            "X-Aftercare-At": at,
            "X-Aftercare-Signature": f"sha256={signed}",
        }
        path = (self.url.path or "/") + (f"?{self.url.query}" if self.url.query else "")
        connection.request("POST", path, body, headers)


def judge(answer):
    """What a status says; no redirect is followed, since it would carry a number elsewhere."""
    if 200 <= answer.status < 300:
        return
    if answer.status in (429, 503):
        raise NotSent(BUSY, wait=retry_after(answer.headers.get("Retry-After", ""), now=timezone.now()))
    # A wrong secret or address is no fault of the message.
    if answer.status in (401, 403, 404):
        raise NotSent(SHUT_OUT, wait=SHUT_OUT_WAIT)
    # 409: the same key is being worked on right now.
    if answer.status in (408, 409, 425) or answer.status >= 500:
        raise NotSent("trouble")
    raise NotSent("refused", is_final=True)


GATEWAYS = {gateway.code: gateway for gateway in (Folder, Mail, Service)}
