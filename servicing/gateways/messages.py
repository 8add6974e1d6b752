"""The street to borrowers: a folder, a mail server or an HTTPS service, behind one contract.

`code` names the gateway, `repeats` says whether the same key may be given to it again: whoever takes files or
requests knows a key that he had. `send` returns once the other side has the letter; otherwise it raises.
"""

import http.client
import json
import os
import ssl
import time
from contextlib import suppress
from dataclasses import asdict
from email.utils import formatdate
from pathlib import Path
from smtplib import SMTPException, SMTPNotSupportedError, SMTPRecipientsRefused, SMTPResponseException
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, get_connection
from django.utils import timezone

from servicing.domain.messages import retry_after, signature

# Seconds to reach the other side, and to wait for its answer.
CONNECT, READ = 3, 10
# Signs of the secret that signs requests.
LEAST = 32
# Of an answer no more is read; what it says besides its status is nobody's business.
MOST = 65536


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


def payload(letter):
    """The same words in a file and in a request."""
    return json.dumps(asdict(letter), ensure_ascii=False, sort_keys=True).encode()


class Folder:
    """One file a message, named by its key, which appears whole or not at all."""

    code, repeats = "file", True

    def __init__(self, config):
        self.folder = Path(config["folder"])

    def send(self, letter):
        path = self.folder / f"{letter.key}.json"
        fresh = self.folder / f".{letter.key}.{os.getpid()}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(payload(letter))
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, path)
        except OSError:
            with suppress(OSError):
                fresh.unlink()
            raise NotSent("away") from None


class Mail:
    """To the mailbox that a carrier keeps for a number. A mail server does not know a key again."""

    code, repeats = "smtp", False

    def __init__(self, config):
        self.sender, self.mailbox = config["mail_from"], config["mail_to"]

    def send(self, letter):
        connection = get_connection(timeout=READ)
        mail = EmailMessage(
            letter.subject, letter.body, self.sender, [self.mailbox.format(phone=letter.to)],
            headers={"Message-ID": f"<{letter.key}@{self.sender.rpartition('@')[2]}>", "Date": formatdate()},
            connection=connection,
        )  # fmt: skip
        try:
            connection.open()
        except (OSError, SMTPException):
            raise NotSent("away") from None
        try:
            mail.send()
        except (SMTPRecipientsRefused, SMTPNotSupportedError):
            raise NotSent("refused", is_final=True) from None
        except SMTPResponseException as answer:
            raise NotSent("refused", is_final=answer.smtp_code >= 500) from None
        except (OSError, SMTPException):
            # Cut off: nobody can say whether the server had taken it by then.
            raise NotKnown("cut_off") from None
        finally:
            connection.close()


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

    def send(self, letter):
        connection = self.connection()
        try:
            connection.connect()
            connection.sock.settimeout(READ)
            self.ask(connection, letter)
            answer = connection.getresponse()
            answer.read(MOST)
        except (OSError, http.client.HTTPException):
            raise NotSent("away") from None
        finally:
            connection.close()
        judge(answer)

    def connection(self):
        if self.url.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(self.url.netloc, timeout=CONNECT, context=context)
        return http.client.HTTPConnection(self.url.netloc, timeout=CONNECT)

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
        raise NotSent("busy", wait=retry_after(answer.headers.get("Retry-After", ""), now=timezone.now()))
    # 409: the same key is being worked on right now.
    if answer.status in (408, 409, 425) or answer.status >= 500:
        raise NotSent("trouble")
    raise NotSent("refused", is_final=True)


GATEWAYS = {gateway.code: gateway for gateway in (Folder, Mail, Service)}
