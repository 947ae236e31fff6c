"""A real browser on the real service: each screen looked at is measured by axe, for reflow, and kept as a picture."""

import os
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright
from pytest_django import Settings
from werkzeug.serving import make_server

from educonnect.delegation.mandate import operator_mandate
from educonnect.federation import providers
from educonnect.saml import metadata
from services.pass_culture.app import create_app

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PICTURES = Path(settings.BASE_DIR) / "var" / "screenshots"

#: Widths every journey is walked at: a small telephone and a computer.
WIDTHS = (360, 1280)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The distribution's Chromium, without its sandbox where we are root."""
    # Playwright keeps an event loop in this thread; the tests' own statements are still synchronous
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        # no page reaches the network: only this machine's names resolve
        arguments = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"]
        if os.getuid() == 0:
            arguments.append("--no-sandbox")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def service(django_db_setup: None) -> Iterator[str]:
    """EduConnect at an address, with the files it serves itself in production."""
    # Django's own live server serves files under the names they have before they are collected
    server = LiveServerThread("localhost", static_handler=lambda application: application, connections_override={})
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://localhost:{server.port}"
    server.terminate()


class Reader:
    """Somebody in front of a browser: goes, types, and every screen they see is checked."""

    def __init__(self, page: Page, base: str, width: int, *, javascript: bool = True) -> None:
        self.javascript = javascript
        self.page = page
        self.base = base
        self.width = width
        self.complaints: list[str] = []
        page.on("console", self._complains)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _complains(self, message: ConsoleMessage) -> None:
        # a page that says no has a status of 4xx, which the browser notes, sometimes later than the page is seen
        says_no = "responded with a status of 4" in message.text and message.location["url"] == self.page.url
        if message.type == "error" and not says_no:
            self.complaints.append(message.text)

    def open(self, address: str) -> None:
        self.page.goto(self.base + address)

    def press(self, name: str) -> None:
        """Press the button, or follow the link, that bears this name."""
        found = self.page.get_by_role("button", name=name, exact=True)
        self._do(found if found.count() else self.page.get_by_role("link", name=name, exact=True).first)

    def write(self, label: str, value: str) -> None:
        self._type(self.page.get_by_label(label).first, value)

    def write_date(self, day: str, month: str, year: str, legend: str = "Votre date de naissance") -> None:
        box = self.page.get_by_role("group", name=legend)
        for label, value in (("Jour", day), ("Mois", month), ("Année", year)):
            self._type(box.get_by_label(label, exact=True), value)

    def tick(self, label: str) -> None:
        self.page.get_by_label(label).check()

    def text(self) -> str:
        return self.page.locator("main").inner_text()

    def _do(self, found: Locator) -> None:
        found.click()

    def _type(self, found: Locator, value: str) -> None:
        found.fill(value)

    def see(self, title: str, name: str) -> None:
        """This is the screen of that main title; axe, reflow and its scripts find nothing wrong with it."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title, timeout=10_000)
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}-{self.width}.png", full_page=True)
        if not self.javascript:  # axe is a script; it saw the same page with them
            return
        found = Axe().run(self.page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        wider = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{name} is {wider} px too wide at {self.width}"
        assert self.complaints == [], f"{name}: {self.complaints}"


@pytest.fixture
def educonnect(service: str, settings: Settings, transactional_db: None) -> Iterator[str]:
    """The service, which knows its own address while the test lasts."""
    settings.BASE_URL = service
    metadata.ours.cache_clear()
    providers.forget()
    yield service
    metadata.ours.cache_clear()
    providers.forget()


@pytest.fixture
def pass_culture(educonnect: str, tmp_path: Path) -> Iterator[str]:
    """The example pass Culture, another site under another host name, registered as it is in a real start."""
    probe = socket.create_server(("127.0.0.1", 0))
    port = probe.getsockname()[1]
    probe.close()
    address = f"http://127.0.0.1:{port}"
    server = make_server(
        "127.0.0.1", port, create_app(address, f"{educonnect}/idp/shibboleth", tmp_path), threaded=True
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with urllib.request.urlopen(f"{address}/saml/metadata.xml", timeout=10) as answer:
        described = metadata.describe(answer.read())
    providers.register(operator_mandate(), described, profile="pass-culture", name="Pass Culture", home=address)
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


class KeyboardReader(Reader):
    """Somebody without a mouse: reaches each thing by the tabulation key alone, and must see where they are."""

    def _reach(self, found: Locator) -> None:
        for _ in range(60):
            if found.evaluate("element => element === document.activeElement"):
                break
            self.page.keyboard.press("Tab")
        else:
            raise AssertionError(f"the keyboard never reaches {found}")
        outline = found.evaluate("element => getComputedStyle(element).outlineStyle")
        assert outline == "solid", f"nothing shows that {found} has the keyboard"

    def _do(self, found: Locator) -> None:
        self._reach(found)
        with self.page.expect_navigation():  # a key says nothing of the page it leads to: wait for that page
            self.page.keyboard.press("Enter")

    def _type(self, found: Locator, value: str) -> None:
        self._reach(found)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(value)

    def tick(self, label: str) -> None:
        found = self.page.get_by_label(label)
        if found.get_attribute("type") == "radio":
            self._choose(found)
        else:
            self._reach(found)
            self.page.keyboard.press("Space")
        assert found.is_checked()

    def _choose(self, found: Locator) -> None:
        """The tabulation key reaches a group of round buttons once; arrows go from one to the next."""
        group = self.page.locator(f"input[type=radio][name={found.get_attribute('name')}]")
        self._reach(group.first)
        self.page.keyboard.press("Space")
        for _ in range(group.count()):
            if not found.is_checked():
                self.page.keyboard.press("ArrowDown")


@pytest.fixture
def reader(chromium: Browser, educonnect: str) -> Iterator[Callable[..., Reader]]:
    """Make a reader: `reader(width=360)`, `reader(keyboard=True)`…; each has a browser to themself."""
    contexts = []

    def make(*, width: int = 1280, javascript: bool = True, dark: bool = False, keyboard: bool = False) -> Reader:
        context = chromium.new_context(
            viewport={"width": width, "height": 800},
            java_script_enabled=javascript,
            color_scheme="dark" if dark else "light",
            locale="fr-FR",
            service_workers="block",
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        return (KeyboardReader if keyboard else Reader)(context.new_page(), educonnect, width, javascript=javascript)

    yield make
    for context in contexts:
        context.close()
