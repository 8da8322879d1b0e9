"""Takes the picture of the panel that the README shows: a real run, a real browser.

    python examples/panel_picture.py docs/pictures/panel.png [seconds to explore first]

Needs the development extras and Debian's Chromium at /usr/bin/chromium.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZE = {"width": 1600, "height": 900}
START_TIMEOUT_S = 60.0


def main(picture: Path, explore_s: float) -> None:
    """Run the robot, wait, and take the picture."""
    ports = [str(free_port()), str(free_port())]
    folder = tempfile.TemporaryDirectory(prefix="homebody-picture-")
    environment = os.environ | {
        "HOMEBODY_WEB__PORT": ports[0],
        "HOMEBODY_MQTT__PORT": ports[1],
        "HOMEBODY_STORAGE__FOLDER": folder.name,
    }
    robot = subprocess.Popen(["homebody", "run"], env=environment)
    try:
        await_panel(f"http://127.0.0.1:{ports[0]}/api/state")
        time.sleep(explore_s)
        take(f"http://127.0.0.1:{ports[0]}", picture)
    finally:
        robot.send_signal(signal.SIGINT)
        robot.wait(timeout=10.0)
        folder.cleanup()


def take(url: str, picture: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_OPTIONS))
        page = browser.new_page(viewport=SIZE)
        page.goto(url)
        page.wait_for_selector('[data-testid="badge"][data-status="live"]')
        time.sleep(2.0)
        page.screenshot(path=str(picture))
        browser.close()


def await_panel(url: str) -> None:
    end_s = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end_s:
        try:
            with urllib.request.urlopen(url, timeout=1.0) as answer:
                if b"pose" in answer.read():
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SystemExit("the panel does not answer")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 25.0)
