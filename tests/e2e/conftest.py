"""The demo as a user starts it, and a real Chromium to look at it.

Where no Chromium is found these tests say so and are left out; with ``OCOP_HUB_REQUIRE_BROWSER=1`` (as the
guard of main sets it) a missing browser fails them.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}


def chromium() -> str | None:
    """The browser's program, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


@dataclass
class Demo:
    """A running demo."""

    process: subprocess.Popen[str]
    base: str
    sandbox: str
    passphrase: str
    data_dir: Path
    said: list[str]


def free_pair() -> int:
    """A port that is free together with the next one."""
    for _ in range(50):
        with socket.create_server(("127.0.0.1", 0)) as first:
            port: int = first.getsockname()[1]
            try:
                with socket.create_server(("127.0.0.1", port + 1)):
                    return port
            except OSError:
                continue
    raise AssertionError("no two free ports in a row")


def start_demo(data_dir: Path, port: int) -> Demo:
    """Start ``ocop-hub demo`` and read what it prints until it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ocop_hub.cli", "demo", "--port", str(port), "--data-dir", str(data_dir)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env={**os.environ, "LAN": ""},
    )
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line.rstrip())
        if "Ctrl-C" in line and "Dừng" in line:
            break
    text = "\n".join(said)
    ready = re.search(r"^Ready: (\S+)$", text, re.M)
    secret = re.search(r"mật khẩu chung: (.+)\)", text)
    assert ready, text
    assert secret, text
    return Demo(process, ready[1], f"http://127.0.0.1:{port + 1}", secret[1], data_dir, said)


def stop_demo(demo: Demo) -> int:
    """Press Ctrl-C and wait."""
    if demo.process.poll() is None:
        demo.process.send_signal(signal.SIGINT)
    code = demo.process.wait(60)
    if demo.process.stdout:
        demo.process.stdout.close()
    return code


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for all tests of this process; they leave what they change in it."""
    running = start_demo(tmp_path_factory.mktemp("demo"), free_pair())
    yield running
    stop_demo(running)


# Playwright keeps an event loop running in this thread, which tests of other modules must not meet.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = chromium()
    if program is None:
        text = "no Chromium found (on Debian and Ubuntu: sudo apt install chromium)"
        if os.environ.get("OCOP_HUB_REQUIRE_BROWSER"):
            pytest.fail(text)
        pytest.skip(f"end-to-end tests left out: {text}")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, headless=True, args=list(FLAGS))
        yield running
        running.close()


@dataclass
class Visitor:
    """Someone in front of a screen."""

    page: Page
    demo: Demo
    faults: list[str]

    def go(self, path: str) -> None:
        """Open a page of the demo; it must answer and fit the screen's width."""
        answer = self.page.goto(path if path.startswith("http") else self.demo.base + path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"
        self.fits()

    def fits(self) -> None:
        """Nothing makes the page scroll sideways, and nothing was refused or failed in the browser."""
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= self.page.viewport_size["width"], self.page.url  # type: ignore[index]  # always set here
        assert self.faults == [], self.page.url

    def sign_in(self, login: str) -> None:
        self.go("/dang-nhap")
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=passphrase]", self.demo.passphrase)
        self.page.click("main form button[type=submit]")
        self.page.wait_for_load_state()
        assert "/dang-nhap" not in self.page.url

    def until(self, path: str, words: str, *, seconds: float = 30) -> None:
        """Look at a page again until it says ``words``: the worker is at it."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            self.go(path)
            if words in self.page.inner_text("main"):
                return
            time.sleep(0.5)
        raise AssertionError(f"{path} never said {words!r}:\n{self.page.inner_text('main')}")


def visitor(browser: Browser, demo: Demo, screen: dict[str, int]) -> tuple[Visitor, BrowserContext]:
    context = browser.new_context(viewport=screen, locale="vi-VN")  # type: ignore[arg-type]  # a plain size
    page = context.new_page()
    faults: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # The simulated marketplaces' pages are not ours to hold to this.
        if message.type == "error" and message.location["url"].startswith(demo.base):
            faults.append(f"{message.text}: {message.location['url']}")

    page.on("console", note)
    page.on("pageerror", lambda error: faults.append(str(error)))
    return Visitor(page, demo, faults), context


@pytest.fixture
def phone(browser: Browser, demo: Demo) -> Iterator[Visitor]:
    who, context = visitor(browser, demo, PHONE)
    yield who
    context.close()


@pytest.fixture
def desktop(browser: Browser, demo: Demo) -> Iterator[Visitor]:
    who, context = visitor(browser, demo, DESKTOP)
    yield who
    context.close()
