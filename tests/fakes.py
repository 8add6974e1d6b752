"""Twins of the partners that messages go through: real servers that note what came and when."""

import contextlib
import json
import socketserver
import threading
import time
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from servicing.domain.messages import signature

SECRET = "a-secret-of-two-houses-that-nobody-guesses"


@dataclass(frozen=True)
class Came:
    """One letter as it came: when, under which key, to whom, and what it said."""

    at: float
    key: str
    to: str
    body: str


@dataclass
class Twin:
    """What a partner has had, and how it shall answer next: (status, headers), or None for no answer."""

    address: tuple = ()
    came: list = field(default_factory=list)
    answers: list = field(default_factory=list)
    slow: float = 0.0

    def note(self, **said):
        self.came.append(Came(at=time.time(), **said))

    def keys(self):
        return [one.key for one in self.came]


@contextlib.contextmanager
def serving(server, twin):
    twin.address = server.server_address
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield twin
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def https_service():
    """A service that takes signed requests; one that is not signed with the shared secret is refused."""
    twin = Twin()

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            key, at = self.headers["Idempotency-Key"], self.headers["X-Aftercare-At"]
            signed = f"sha256={signature(SECRET, at=at, key=key, body=body)}"
            status, headers = twin.answers.pop(0) if twin.answers else (200, {})
            if self.headers["X-Aftercare-Signature"] != signed:
                status = 401
            elif status in (200, None):
                said = json.loads(body)
                twin.note(key=key, to=said["to"], body=said["body"])
            time.sleep(twin.slow)
            if status is None:
                return
            self.send_response(status)
            for name, value in {**headers, "Content-Length": "0"}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_args):
            pass

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Desk), twin):
        yield twin


@contextlib.contextmanager
def mail_server():
    """As much of SMTP as one mail needs. An answer is what follows the mail: a line, or None to hang up."""
    twin = Twin()

    class Desk(socketserver.StreamRequestHandler):
        def handle(self):
            self.say("220 twin")
            to = ""
            while line := self.rfile.readline().decode().strip():
                verb = line[:4].upper()
                if verb == "RCPT":
                    to = line.partition("<")[2].partition(">")[0]
                    self.say("550 no such mailbox" if to.startswith("0") else "250 ok")
                elif verb == "DATA":
                    self.say("354 go on")
                    if not self.mail(to):
                        return
                elif verb == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 twin")

        def mail(self, to):
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line)
            mail = message_from_bytes(b"".join(lines), policy=policy.default)
            answer = twin.answers.pop(0) if twin.answers else "250 taken"
            if answer is None or answer.startswith("2"):
                twin.note(key=mail["Message-ID"], to=to, body=mail.get_content().strip())
            if answer:
                self.say(answer)
            return answer is not None

        def say(self, line):
            self.wfile.write(f"{line}\r\n".encode())

    socketserver.ThreadingTCPServer.allow_reuse_address = True
    with serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Desk), twin):
        yield twin


@contextlib.contextmanager
def dripping():
    """Answers whatever it is asked, line by line and without end: as a mail server and as a service."""
    twin = Twin()

    class Desk(socketserver.StreamRequestHandler):
        def handle(self):
            with contextlib.suppress(OSError):
                self.wfile.write(b"HTTP/1.1 200 OK\r\n" if self.is_http() else b"220 twin\r\n")
                while True:
                    self.wfile.write(b"250-X-More: to come\r\n")
                    time.sleep(0.1)

        def is_http(self):
            """A request comes unasked; a mail server speaks first."""
            self.connection.settimeout(0.2)
            with contextlib.suppress(TimeoutError):
                return bool(self.connection.recv(9))
            return False

    socketserver.ThreadingTCPServer.allow_reuse_address = True
    with serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Desk), twin):
        yield twin


def through_service(settings, twin):
    """Messages go to this twin of an HTTPS service, in the plain, as on one machine."""
    host, port = twin.address
    settings.MESSAGES = settings.MESSAGES | {
        "gateway": "https", "url": f"http://{host}:{port}/messages", "secret": SECRET,
    }  # fmt: skip


def through_mail(settings, twin):
    """Messages go to this twin of a mail server."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = twin.address
    settings.EMAIL_USE_TLS = False
    settings.MESSAGES = settings.MESSAGES | {
        "gateway": "smtp", "mail_to": "{phone}@box.example", "mail_from": "aftercare@lender.example",
    }  # fmt: skip


def through_folder(settings, folder):
    """Messages go into a folder."""
    settings.MESSAGES = settings.MESSAGES | {"gateway": "file", "folder": folder}
