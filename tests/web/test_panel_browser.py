"""The page in a real browser, fed by a made robot."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from web_fakes import RunningPanel, running_panel
from web_made_home import (
    FOOTPRINT_M,
    made_body,
    made_map,
    made_plan,
    made_rooms,
    made_state,
    made_tree,
)

from homebody.payloads import (
    Availability,
    EstopRequest,
    PosePayload,
    RobotState,
    StopRequest,
    TaskEvent,
    TaskRequest,
    Topics,
)
from homebody.room_payloads import (
    MergeRooms,
    RenameRoom,
    RoomEdit,
    RoomEvent,
    RoomRequest,
    SplitRoom,
)
from homebody.settings import Settings
from homebody.zone_payloads import ZoneRequest, ZonesPayload

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not os.path.exists(CHROMIUM),  # noqa: PTH110  (a plain question at import)
        reason=f"no browser: {CHROMIUM} is not installed (Debian's package chromium)",
    ),
]
sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect


class MadeRobot:
    """Publishes like a robot, a few times a second, from a thread of its own."""

    def __init__(self, panel: RunningPanel) -> None:
        self.panel = panel
        self.state: RobotState = made_state()
        self._is_paused = threading.Event()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        panel.bus.deliver(panel.topics.map, made_map(), is_retained=True)
        panel.bus.deliver(panel.topics.rooms, made_rooms(), is_retained=True)
        self.say_online(True)
        self._thread.start()

    def say_online(self, is_online: bool) -> None:
        self.panel.bus.deliver(self.panel.topics.availability, Availability(online=is_online), True)

    def pause(self) -> None:
        self._is_paused.set()

    def resume(self) -> None:
        self._is_paused.clear()

    def end(self) -> None:
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        bus, topics, tick = self.panel.bus, self.panel.topics, 0
        while not self._is_over.wait(0.1):
            if self._is_paused.is_set():
                continue
            tick += 1
            bus.deliver(topics.state, self.state)
            bus.deliver(topics.body, made_body(estop=self.state.estop))
            bus.deliver(topics.plan, made_plan())
            bus.deliver(topics.tree, made_tree(tick))


@dataclass(frozen=True, slots=True)
class Visit:
    """A page that somebody has open, and the robot behind it."""

    page: sync_api.Page
    robot: MadeRobot
    complaints: list[str]

    def sent(self, n: int = 1) -> Settings:
        """What was published last, once there are `n` messages."""
        published = self.robot.panel.bus.published
        while len(published) < n:
            self.page.wait_for_timeout(10)
        return published[-1].payload

    def edit(self, n: int = 1) -> RoomEdit:
        request = self.sent(n)
        assert isinstance(request, RoomRequest)
        return request.edit

    def task(self, n: int = 1) -> TaskRequest:
        request = self.sent(n)
        assert isinstance(request, TaskRequest)
        return request


@pytest.fixture(scope="module")
def chromium() -> Iterator[sync_api.Browser]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def made_robot() -> Iterator[MadeRobot]:
    with running_panel() as panel:
        robot = MadeRobot(panel)
        yield robot
        robot.end()


def _open(chromium: sync_api.Browser, robot: MadeRobot, form: dict[str, object]) -> Visit:
    page = chromium.new_context(**form).new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if "Policy" in m.text else None)
    page.on("request", lambda request: _check_local(request.url, robot.panel, complaints))
    page.goto(robot.panel.url)
    return Visit(page, robot, complaints)


@pytest.fixture(scope="module")
def desktop_page(chromium: sync_api.Browser, made_robot: MadeRobot) -> Visit:
    return _open(chromium, made_robot, DESKTOP)


@pytest.fixture(scope="module")
def phone_page(chromium: sync_api.Browser, made_robot: MadeRobot) -> Visit:
    return _open(chromium, made_robot, PHONE)


def _refreshed(visit: Visit) -> Iterator[Visit]:
    """One page serves all tests; any error in it fails the test at hand."""
    visit.robot.state = made_state()
    expect(visit.page.get_by_test_id("badge")).to_have_text("Live")
    expect(visit.page.get_by_test_id("estop")).to_have_text("E-stop")
    expect(visit.page.get_by_text("No map yet")).to_be_hidden()
    visit.page.get_by_test_id("fit").click()
    visit.robot.panel.bus.published.clear()
    yield visit
    assert visit.complaints == []


@pytest.fixture
def desktop(desktop_page: Visit) -> Iterator[Visit]:
    yield from _refreshed(desktop_page)


@pytest.fixture
def phone(phone_page: Visit) -> Iterator[Visit]:
    yield from _refreshed(phone_page)


@pytest.fixture(params=["desktop", "phone"])
def visit(request: pytest.FixtureRequest) -> Visit:
    found: Visit = request.getfixturevalue(request.param)
    return found


def _check_local(url: str, panel: RunningPanel, complaints: list[str]) -> None:
    if not url.startswith((panel.url, "blob:")):
        complaints.append(f"asked for {url}")


def test_page_shows_map_tree_tasks_and_badge(visit: Visit) -> None:
    page = visit.page
    expect(page.get_by_test_id("activity")).to_contain_text("going to the study")
    tree = page.get_by_test_id("tree")
    expect(tree).to_contain_text("drive there")
    expect(tree).to_contain_text("8.4 m to go; letting Anna pass")
    expect(tree.locator(".node[data-status=running]")).to_have_count(6)
    tasks = page.get_by_test_id("task-list")
    expect(tasks).to_contain_text("there is no room named garage")
    expect(tasks.locator("[data-state=running]")).to_contain_text("about 48 s left")
    expect(tasks.locator("[data-state=running]")).to_have_count(1)
    assert _distinct_colours(page) > 20


def test_stop_is_in_sight_and_nothing_sticks_out(visit: Visit) -> None:
    wide, inner_wide, inner_high = visit.page.evaluate(
        "[document.documentElement.scrollWidth, innerWidth, innerHeight]"
    )
    assert wide <= inner_wide
    stop = visit.page.get_by_test_id("stop").bounding_box()
    assert stop is not None
    assert 0 <= stop["y"] < stop["y"] + stop["height"] <= inner_high
    assert stop["height"] >= 48


def test_click_on_the_map_sends_the_robot_there(desktop: Visit) -> None:
    _click_at(desktop.page, 8.0, 1.2)
    request = desktop.task()
    assert request.type == "go_to"
    assert math.dist((request.args["x"], request.args["y"]), (8.0, 1.2)) < 0.03
    expect(desktop.page.get_by_test_id("toasts")).to_contain_text("Asked to go to")


def test_tap_on_a_phone_sends_the_robot(phone: Visit) -> None:
    phone.page.touchscreen.tap(*_pixel_of(phone.page, 2.0, 1.0))
    args = phone.task().args
    assert math.dist((args["x"], args["y"]), (2.0, 1.0)) < 0.08


def test_where_the_robot_is_drawn_is_where_it_is(desktop: Visit) -> None:
    """Red under the emergency stop, its footprint's middle is found in the canvas's pixels."""
    pose = PosePayload(x_m=8.0, y_m=1.2, yaw_rad=0.0)
    desktop.robot.state = made_state(pose=pose, estop=True, people=[])
    estop = desktop.page.get_by_test_id("estop")
    expect(estop).to_have_attribute("aria-pressed", "true")
    for _ in range(50):  # it glides there
        x, y, width = desktop.page.evaluate(RED_MIDDLE_JS)
        if math.dist((x, y), (8.0, 1.2)) < 0.05:
            break
        desktop.page.wait_for_timeout(100)
    assert math.dist((x, y), (8.0, 1.2)) < 0.05
    length = max(a for a, _ in FOOTPRINT_M) - min(a for a, _ in FOOTPRINT_M)
    assert width == pytest.approx(length, abs=0.08)


def test_drag_moves_the_map_and_sends_nothing(desktop: Visit) -> None:
    page, before = desktop.page, _view(desktop.page)
    box = page.get_by_test_id("map").bounding_box()
    assert box is not None
    x, y = box["x"] + 300, box["y"] + 300
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 120, y + 60, steps=5)
    page.mouse.up()
    after = _view(page)
    assert after[1] == pytest.approx(before[1] - 120 / before[0], abs=0.02)
    assert after[2] == pytest.approx(before[2] + 60 / before[0], abs=0.02)
    page.get_by_test_id("fit").click()
    assert _view(page) == pytest.approx(before)
    assert desktop.robot.panel.bus.published == []


def test_click_is_right_after_a_zoom(desktop: Visit) -> None:
    page, before = desktop.page, _view(desktop.page)
    page.mouse.move(*_pixel_of(page, 8.0, 1.2))
    page.mouse.wheel(0, -400)
    assert _view(page)[0] > 1.5 * before[0]
    _click_at(page, 8.3, 1.0)
    args = desktop.task().args
    assert math.dist((args["x"], args["y"]), (8.3, 1.0)) < 0.03


def test_a_zone_is_drawn_by_tapping_its_corners_and_deleted_by_a_tap(desktop: Visit) -> None:
    page = desktop.page
    tool = page.locator('[data-kind="keep_out"]')
    tool.click()
    expect(tool).to_have_attribute("aria-pressed", "true")
    corners = [(7.0, 0.8), (8.4, 0.8), (8.4, 2.0), (7.0, 2.0)]
    for corner in (*corners, corners[-1]):  # the last one again ends it
        _click_at(page, *corner)
    request = desktop.sent()
    assert isinstance(request, ZoneRequest)
    assert request.zone is not None
    assert (request.action, request.zone.kind) == ("set", "keep_out")
    assert np.abs(np.array(request.zone.points_m) - corners).max() < 0.03
    expect(tool).to_have_attribute("aria-pressed", "false")
    bus, topics = desktop.robot.panel.bus, Topics("robot")
    bus.deliver(topics.zones, ZonesPayload(ts=1.0, zones=(request.zone,)), is_retained=True)
    page.wait_for_timeout(300)
    page.locator('[data-kind="delete"]').click()
    _click_at(page, 7.7, 1.4)
    request = desktop.sent(2)
    assert isinstance(request, ZoneRequest)
    assert (request.action, request.name) == ("delete", "keep out 1")


def test_buttons(desktop: Visit) -> None:
    desktop.page.get_by_test_id("stop").click()
    assert isinstance(desktop.sent(), StopRequest)
    buttons = [
        ("explore", "explore", {}),
        ("dock", "dock", {}),
        ("room-kitchen", "go_to", {"room": "kitchen"}),
    ]
    for n, (button, kind, args) in enumerate(buttons, start=2):
        desktop.page.get_by_test_id(button).click()
        request = desktop.task(n)
        assert (request.type, request.args) == (kind, args)


def estop_asked(request: Settings) -> tuple[bool, str]:
    """What was asked; its id, by which the answer is found, is its own each time."""
    assert isinstance(request, EstopRequest)
    assert request.id
    return request.engaged, request.source


def test_estop_engages_at_once_and_releases_on_the_second_tap(desktop: Visit) -> None:
    estop = desktop.page.get_by_test_id("estop")
    estop.click()
    assert estop_asked(desktop.sent()) == (True, "panel")
    desktop.robot.state = made_state(estop=True)
    expect(estop).to_have_attribute("aria-pressed", "true")
    expect(desktop.page.get_by_test_id("alarm")).to_contain_text("Emergency stop is on")
    estop.click()
    expect(estop).to_have_text("Tap again")
    assert len(desktop.robot.panel.bus.published) == 1
    estop.click()
    assert estop_asked(desktop.sent(2)) == (False, "panel")


def test_a_room_is_renamed_on_the_map(desktop: Visit) -> None:
    page = desktop.page
    page.get_by_test_id("rooms-edit").click()
    _click_at(page, 9.0, 3.6)
    expect(page.get_by_test_id("room-name")).to_have_value("kitchen")
    page.get_by_test_id("room-name").fill("galley")
    page.get_by_test_id("room-rename").click()
    assert desktop.edit() == RenameRoom(op="rename", room="kitchen", name="galley")
    request, panel = desktop.sent(), desktop.robot.panel
    said = RoomEvent(id=request.id, state="done", reason="kitchen is called galley now", ts=0)
    panel.bus.deliver(panel.topics.rooms_event, said)
    expect(page.get_by_test_id("toasts")).to_contain_text("called galley now")
    page.get_by_test_id("room-done").click()
    expect(page.get_by_test_id("room-card")).to_be_hidden()


def test_rooms_are_merged_and_split_by_taps_that_send_no_robot(desktop: Visit) -> None:
    page = desktop.page
    page.get_by_test_id("rooms-edit").click()
    _click_at(page, 2.0, 1.0)
    page.get_by_test_id("room-merge").click()
    _click_at(page, 9.0, 3.6)
    assert desktop.edit() == MergeRooms(op="merge", room="living room", other="kitchen")
    request, panel = desktop.sent(), desktop.robot.panel
    said = RoomEvent(id=request.id, state="rejected", reason="they do not touch", ts=0)
    panel.bus.deliver(panel.topics.rooms_event, said)
    expect(page.get_by_test_id("toasts")).to_contain_text("they do not touch")
    _click_at(page, 2.0, 1.0)
    page.get_by_test_id("room-split").click()
    _click_at(page, 3.0, 0.5)
    expect(page.get_by_test_id("room-hint")).to_contain_text("where it ends")
    _click_at(page, 3.0, 4.0)
    edit = desktop.edit(2)
    assert isinstance(edit, SplitRoom)
    assert edit.room == "living room"
    for got, wanted in zip(edit.line_m, ((3.0, 0.5), (3.0, 4.0)), strict=True):
        assert math.dist(got, wanted) < 0.03
    page.keyboard.press("Escape")
    _click_at(page, 8.0, 1.2)
    assert desktop.task(3).type == "go_to"


def test_refused_task_says_why(desktop: Visit) -> None:
    _click_at(desktop.page, 8.0, 1.2)
    refusal = TaskEvent(id=desktop.task().id, state="rejected", reason="there is a table", ts=0)
    panel = desktop.robot.panel
    panel.bus.deliver(panel.topics.task_event, refusal)
    expect(desktop.page.get_by_test_id("toasts")).to_contain_text("there is a table")


def test_badge_tells_stale_and_offline(desktop: Visit) -> None:
    badge = desktop.page.get_by_test_id("badge")
    desktop.robot.pause()
    expect(badge).to_have_attribute("data-status", "stale", timeout=4000)
    desktop.robot.say_online(False)
    expect(badge).to_have_text("Robot offline")
    desktop.robot.say_online(True)
    desktop.robot.resume()
    expect(badge).to_have_text("Live")


def test_folded_branch_stays_folded(desktop: Visit) -> None:
    tree = desktop.page.get_by_test_id("tree")
    tree.get_by_text("what to do").click()
    expect(tree.get_by_text("drive there")).to_be_hidden()
    desktop.page.wait_for_timeout(300)  # some ticks later
    expect(tree.get_by_text("drive there")).to_be_hidden()
    expect(tree.get_by_text("express")).to_be_visible()
    tree.get_by_text("what to do").click()
    expect(tree.get_by_text("drive there")).to_be_visible()


def test_lost_connection_shows_and_comes_back_by_itself(chromium: sync_api.Browser) -> None:
    with running_panel() as panel:
        robot = MadeRobot(panel)
        page = _open(chromium, robot, DESKTOP).page
        badge = page.get_by_test_id("badge")
        expect(badge).to_have_text("Live")
        robot.end()
    expect(badge).to_have_text("Connection lost")
    page.get_by_test_id("stop").click()
    expect(page.get_by_test_id("toasts")).to_contain_text("does not answer")
    with running_panel(panel.port) as again:
        robot = MadeRobot(again)
        expect(badge).to_have_text("Live", timeout=15000)
        page.context.close()
        robot.end()


RED_MIDDLE_JS = """() => {
  const canvas = document.querySelector("[data-testid=map]");
  const {data, width, height} =
      canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let [n, sx, sy, left, right] = [0, 0, 0, width, 0];
  for (let i = 0; i < width * height; i++) {
    if (data[4*i] < 195 || data[4*i+1] > 60 || data[4*i+2] > 60) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    n++; sx += x; sy += y; left = Math.min(left, x); right = Math.max(right, x);
  }
  const {scalePxM: s, centreXM: cx, centreYM: cy} = canvas.dataset;
  return [+cx + ((sx / n + 0.5) - width / 2) / s, +cy - ((sy / n + 0.5) - height / 2) / s,
          (right - left + 1) / s];
}"""


def _view(page: sync_api.Page) -> tuple[float, float, float]:
    """Scale [px/m] and centre [m] of the map as the page states them, once it has drawn."""
    page.evaluate("() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")
    canvas = page.get_by_test_id("map")
    names = ("data-scale-px-m", "data-centre-x-m", "data-centre-y-m")
    scale, x, y = (float(canvas.get_attribute(name) or "nan") for name in names)
    return scale, x, y


def _pixel_of(page: sync_api.Page, x_m: float, y_m: float) -> tuple[float, float]:
    box = page.get_by_test_id("map").bounding_box()
    assert box is not None
    scale, cx, cy = _view(page)
    middle_x, middle_y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return middle_x + (x_m - cx) * scale, middle_y - (y_m - cy) * scale


def _click_at(page: sync_api.Page, x_m: float, y_m: float) -> None:
    page.mouse.click(*_pixel_of(page, x_m, y_m))


def _distinct_colours(page: sync_api.Page) -> int:
    colours: int = page.evaluate(
        """() => {
          const canvas = document.querySelector("[data-testid=map]");
          const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size;
        }"""
    )
    return colours
