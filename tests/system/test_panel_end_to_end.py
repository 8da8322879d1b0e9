"""The whole robot under a real browser: a click on the map, and it arrives there."""

from __future__ import annotations

import json
import math
import os
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from robot_process import RobotProcess

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
GOAL_M = (1.8, 4.9)
ARRIVED_M = 0.35

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        not os.path.exists(CHROMIUM),  # noqa: PTH110  (a plain question at import)
        reason=f"no browser: {CHROMIUM} is not installed (Debian's package chromium)",
    ),
]
sync_api = pytest.importorskip("playwright.sync_api")


@pytest.fixture
def robot(tmp_path: Path) -> Iterator[RobotProcess]:
    running = RobotProcess(log=tmp_path / "run.log", HOMEBODY_ROBOT__AUTOSTART_TASK="")
    try:
        running.wait_until_it_lives()
        yield running
    finally:
        running.interrupt()
        running.close()


def test_a_click_on_the_map_sends_the_robot_there(robot: RobotProcess) -> None:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"http://127.0.0.1:{robot.web_port}")
        page.wait_for_selector('[data-testid="badge"][data-status="live"]', timeout=20_000)
        page.wait_for_selector('[data-testid="map"][data-scale-px-m]', timeout=20_000)
        click_on_map(page, *GOAL_M)
        page.wait_for_selector('[data-testid="task-list"] [data-state]', timeout=10_000)
        await_arrival(robot)
        page.wait_for_selector('[data-state="succeeded"]', timeout=20_000)
        assert page.locator('[data-testid="tree"]').inner_text()
        browser.close()


def click_on_map(page: Any, x_m: float, y_m: float) -> None:
    canvas = page.locator('[data-testid="map"]')
    box = canvas.bounding_box()
    scale, centre_x_m, centre_y_m = (
        float(canvas.get_attribute(name))
        for name in ("data-scale-px-m", "data-centre-x-m", "data-centre-y-m")
    )
    canvas.click(
        position={
            "x": box["width"] / 2 + (x_m - centre_x_m) * scale,
            "y": box["height"] / 2 - (y_m - centre_y_m) * scale,
        }
    )


def await_arrival(robot: RobotProcess, timeout_s: float = 60.0) -> None:
    end_s = time.monotonic() + timeout_s
    while time.monotonic() < end_s:
        url = f"http://127.0.0.1:{robot.web_port}/api/state"
        with urllib.request.urlopen(url, timeout=5.0) as answer:
            state = json.loads(answer.read())
        pose = state["state"]["pose"]
        if math.dist((pose["x_m"], pose["y_m"]), GOAL_M) < ARRIVED_M:
            return
        time.sleep(0.3)
    pytest.fail(f"the robot did not arrive: {state}")
