"""Headless Chromium against the running site, with everything it complains about."""

import os
import shutil
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.test import Client

from servicing.models import Staff

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Axe makes much that is soon forgotten: a young generation with room for it is swept less often.
    "--js-flags=--min-semi-space-size=64 --max-semi-space-size=128",
]
# First the shell that opens no window: the same engine, and the walks over all pages take a fifth less time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def chromium():
    """The browser found on this machine; without one these tests skip, except where one is required."""
    path = os.environ.get("AFTERCARE_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None and os.environ.get("AFTERCARE_BROWSER_REQUIRED"):
        pytest.fail("a browser is required and none was found")
    if path is None:
        pytest.skip("no Chromium or Chrome found; AFTERCARE_BROWSER can name one")
    from playwright.sync_api import sync_playwright

    # Playwright's loop would make Django refuse every query of the test as asynchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Complaints:
    """What a page did that it must not do: console errors, page errors, failed or foreign requests."""

    home: str
    found: list = field(default_factory=list)

    def watch(self, page):
        page.on("console", lambda message: message.type == "error" and self.found.append(message.text))
        page.on("pageerror", lambda error: self.found.append(str(error)))
        page.on("requestfailed", self._failed)
        page.on("request", self._foreign)

    def _failed(self, request):
        # Whoever goes on before the icon has come cancels it; that is no fault of the page.
        if request.failure != "net::ERR_ABORTED":
            self.found.append(f"failed: {request.url}")

    def _foreign(self, request):
        if not request.url.startswith((self.home, "data:", "blob:", "about:")):
            self.found.append(f"foreign: {request.url}")


@pytest.fixture
def visit(chromium, web):
    """visit("wei", "/queue/", language="en", width=390) -> a page, signed in, that keeps its complaints."""
    contexts = []

    def visit(username=None, at=None, *, language="zh-hans", theme="light", width=1440):
        context = chromium.new_context(
            base_url=web, viewport={"width": width, "height": 900}, color_scheme=theme
        )
        context.add_cookies([{"name": "django_language", "value": language, "url": web}])
        contexts.append(context)
        page = context.new_page()
        page.complaints = Complaints(web)
        page.complaints.watch(page)
        if username:
            become(page, username)
        page.goto(at or ("/" if username else "/sign-in/"))
        return page

    yield visit
    for context in contexts:
        context.close()


def become(page, username):
    """Hand the keyboard to somebody else, or to nobody: what the browser has fetched is not fetched again."""
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    if username:
        page.context.add_cookies([session_of(username) | {"url": page.complaints.home}])


def session_of(username):
    """The cookie of somebody who came in by the door; one story goes through the door itself."""
    client = Client()
    client.force_login(
        Staff.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend"
    )
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    return {"name": cookie.key, "value": cookie.value}
