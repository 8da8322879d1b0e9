"""The live WebSocket of a real server: who gets in, what comes out, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from web_fakes import RunningPanel, running_panel
from web_made_home import made_map, made_state
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect


def receive(browser: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(browser.recv(timeout=3.0))
    return message


def receive_data(browser: ClientConnection, channel: str) -> dict[str, Any]:
    while True:
        message = receive(browser)
        if message["channel"] == channel:
            return message


def test_newcomer_gets_the_newest_of_each_then_what_comes() -> None:
    with running_panel() as panel:
        panel.bus.deliver(panel.topics.map, made_map(1))
        panel.bus.deliver(panel.topics.map, made_map(2))
        panel.bus.deliver(panel.topics.state, made_state(room="hall"), is_retained=True)
        with connect(panel.websocket_url) as browser:
            first = {m["channel"]: m for m in (receive(browser), receive(browser))}
            assert first["map"]["data"]["revision"] == 2
            assert first["state"]["age_s"] is None
            panel.bus.deliver(panel.topics.state, made_state(room="study"))
            live = receive_data(browser, "state")
            assert live["data"]["room"] == "study"
            assert 0.0 <= live["age_s"] < 1.0


def test_quiet_connection_has_a_heartbeat() -> None:
    with running_panel(heartbeat_s=0.05) as panel, connect(panel.websocket_url) as browser:
        assert receive(browser) == {"channel": "heartbeat"}


def test_rate_is_bounded_and_the_last_one_arrives() -> None:
    with running_panel(heartbeat_s=0.2) as panel, connect(panel.websocket_url) as browser:
        receive(browser)
        start_s = time.monotonic()
        for i in range(100):
            panel.bus.deliver(panel.topics.state, made_state(activity=f"step {i}"))
            time.sleep(0.005)
        elapsed_s = time.monotonic() - start_s
        heard: list[str] = []
        while not heard or heard[-1] != "step 99":
            heard.append(receive_data(browser, "state")["data"]["activity"])
        assert len(heard) <= 10.0 * (elapsed_s + 0.3) + 2


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Host": "evil.example"},
    ],
)
def test_foreign_upgrade_is_refused(headers: dict[str, str]) -> None:
    with running_panel() as panel:
        status = upgrade_status(panel, headers)
        assert status == 403
        assert panel.hub.n_watchers == 0


def test_own_origin_is_let_in() -> None:
    with running_panel() as panel:
        assert upgrade_status(panel, {"Origin": f"http://localhost:{panel.port}"}) == 101


def upgrade_status(panel: RunningPanel, headers: dict[str, str]) -> int:
    """The status of a hand-written upgrade, as its `Host` must be free to choose."""
    import socket

    fields = {
        "Host": f"127.0.0.1:{panel.port}",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        **headers,
    }
    lines = ["GET /ws HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    with socket.create_connection(("127.0.0.1", panel.port), timeout=3.0) as wire:
        wire.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return int(wire.recv(64).split()[1])


def test_one_browser_too_many_is_told_to_try_later() -> None:
    with (
        running_panel(browsers_max=1, heartbeat_s=0.1) as panel,
        connect(panel.websocket_url) as first,
    ):
        receive(first)  # so that it counts
        with connect(panel.websocket_url) as second, pytest.raises(ConnectionClosed) as closed:
            receive(second)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1013


def test_other_paths_have_no_websocket() -> None:
    with (
        running_panel() as panel,
        pytest.raises(InvalidStatus),
        connect(f"ws://127.0.0.1:{panel.port}/other"),
    ):
        pass


SCRIPT = """
import asyncio, sys
from web_fakes import FakeBus
from homebody.clock import MonotonicClock
from web.config import WebConfig
from web.hub import Hub
from web.server import open_listener, serve
listener = open_listener(WebConfig(port=int(sys.argv[1])))
hub = Hub(FakeBus(), "robot", MonotonicClock())
hub.subscribe()
assert "numpy" not in sys.modules and "cv2" not in sys.modules, "the panel needs no arrays"
asyncio.run(serve(hub, WebConfig(port=int(sys.argv[1])), listener))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it_within_a_second_with_browsers_open(number: signal.Signals) -> None:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(port)], env={**os.environ, "PYTHONPATH": path}
    )
    try:
        with _connect_when_up(port) as browser:
            receive(browser)
            start_s = time.monotonic()
            process.send_signal(number)
            assert process.wait(5.0) == 0
            assert time.monotonic() - start_s < 2.0  # a second, and room for a busy machine
    finally:
        process.kill()
        process.wait()


def _connect_when_up(port: int) -> ClientConnection:
    end_s = time.monotonic() + 20.0
    while True:
        try:
            return connect(f"ws://127.0.0.1:{port}/ws")
        except OSError:
            assert time.monotonic() < end_s
            time.sleep(0.05)
