"""The API: commands become MQTT messages, and what is foreign or wrong is refused in words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from web_fakes import FakeBus
from web_made_home import made_state

from homebody.clock import ManualClock
from homebody.errors import ConfigError, ResourceError
from homebody.payloads import Availability, EstopRequest, StopRequest, TaskRequest
from homebody.settings import parse
from homebody.zone_payloads import ZoneRequest
from web.app import create_app
from web.config import WebConfig
from web.hub import Hub
from web.policy import AccessPolicy
from web.server import open_listener

HOST = "127.0.0.1:8080"
Send = Callable[..., httpx.Response]


@pytest.fixture
def hub() -> Hub:
    hub = Hub(FakeBus(), "robot", ManualClock(10.0))
    hub.subscribe()
    return hub


@pytest.fixture
def bus(hub: Hub) -> FakeBus:
    assert isinstance(hub.bus, FakeBus)
    return hub.bus


@pytest.fixture
def send(hub: Hub) -> Send:
    app = create_app(hub, WebConfig())

    def call(method: str, path: str, host: str = HOST, **options: Any) -> httpx.Response:
        async def request() -> httpx.Response:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
                return await client.request(method, path, **options)

        return asyncio.run(request())

    return call


def test_task_is_published_with_id_time_and_ttl(send: Send, hub: Hub, bus: FakeBus) -> None:
    answer = send("POST", "/api/task", json={"type": "go_to", "args": {"x": 3.2, "y": 1.5}})
    assert answer.status_code == 202
    (message,) = bus.published
    request = message.payload
    assert isinstance(request, TaskRequest)
    assert (message.topic, message.qos, message.is_retained) == (hub.topics.task_set, 1, False)
    assert answer.json() == {"id": request.id}
    assert (request.type, request.args) == ("go_to", {"x": 3.2, "y": 1.5})
    assert request.ts > 1.6e9
    assert request.ttl_s == 30.0
    assert request.source == "panel"


RUG = {"name": "rug", "kind": "keep_out", "points_m": [[0, 0], [1, 0], [1, 1]]}


def test_a_zone_is_published_under_a_new_id(send: Send, hub: Hub, bus: FakeBus) -> None:
    drawn = send("POST", "/api/zone", json={"action": "set", "zone": RUG})
    gone = send("POST", "/api/zone", json={"action": "delete", "name": "rug"})
    assert (drawn.status_code, gone.status_code) == (202, 202)
    first, second = (p.payload for p in bus.published if p.topic == hub.topics.zone_set)
    assert isinstance(first, ZoneRequest)
    assert isinstance(second, ZoneRequest)
    assert (first.id, second.id) == (drawn.json()["id"], gone.json()["id"])
    assert first.zone is not None
    assert (first.zone.name, second.name) == ("rug", "rug")
    both = send("POST", "/api/zone", json={"action": "delete", "zone": RUG})
    assert both.status_code == 422


def test_each_task_has_its_own_id(send: Send) -> None:
    ids = {send("POST", "/api/task", json={"type": "explore"}).json()["id"] for _ in range(3)}
    assert len(ids) == 3


def test_stop_and_estop_are_published(send: Send, hub: Hub, bus: FakeBus) -> None:
    assert send("POST", "/api/stop", json={}).status_code == 202
    assert send("POST", "/api/estop", json={"engaged": True}).status_code == 202
    assert send("POST", "/api/estop", json={"engaged": False}).status_code == 202
    ids = [m.payload.id for m in bus.published[1:] if isinstance(m.payload, EstopRequest)]
    assert len(set(ids)) == 2
    assert all(ids)
    assert [(m.topic, m.payload, m.qos) for m in bus.published] == [
        (hub.topics.stop, StopRequest(source="panel"), 1),
        (hub.topics.estop, EstopRequest(id=ids[0], engaged=True, source="panel"), 1),
        (hub.topics.estop, EstopRequest(id=ids[1], engaged=False, source="panel"), 1),
    ]


@pytest.mark.parametrize(
    ("path", "content", "field"),
    [
        ("/api/task", '{"type": "go to"}', "type"),
        ("/api/task", "{}", "type"),
        ("/api/task", '{"type": "explore", "speed": 3}', "speed"),
        ("/api/task", '{"type": "explore", "args": []}', "args"),
        ("/api/task", '{"type": "go_to", "args": {"x": NaN}}', "args"),
        ("/api/task", '{"type": "go_to", "args": {"x": [{"y": 1e999}]}}', "args"),
        ("/api/task", "{", "the body"),
        ("/api/task", "[1]", "the body"),
        ("/api/estop", '{"engaged": "maybe"}', "engaged"),
        ("/api/estop", '{"engaged": 1}', "engaged"),
        ("/api/estop", "{}", "engaged"),
        ("/api/stop", '{"now": true}', "now"),
    ],
)
def test_bad_body_is_refused_with_field_and_allowed(
    send: Send, bus: FakeBus, path: str, content: str, field: str
) -> None:
    answer = send("POST", path, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert answer.json()["allowed"]
    assert field in answer.json()["error"]
    assert bus.published == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": "application/json", "Content-Length": "100000"}, 413),
        ({"Content-Type": "application/json; charset=utf-8"}, 202),
    ],
)
def test_body_kind_and_size(send: Send, bus: FakeBus, headers: dict[str, str], status: int) -> None:
    answer = send("POST", "/api/stop", content="{}", headers=headers)
    assert answer.status_code == status
    assert len(bus.published) == (status == 202)


def test_body_of_unknown_length_is_refused(send: Send) -> None:
    async def chunks() -> Any:
        yield b"{}"

    headers = {"Content-Type": "application/json"}
    assert send("POST", "/api/stop", content=chunks(), headers=headers).status_code == 411


@pytest.mark.parametrize(
    ("host", "is_allowed"),
    [
        ("127.0.0.1:8080", True),
        ("localhost:8080", True),
        ("LOCALHOST:8080", True),
        ("[::1]:8080", True),
        ("evil.example:8080", False),
        ("127.0.0.1:9090", False),
        ("127.0.0.1", False),
        ("127.0.0.1.evil.example:8080", False),
    ],
)
@pytest.mark.parametrize("path", ["/", "/api/state", "/healthz", "/js/main.js"])
def test_host_is_checked_on_every_request(
    send: Send, host: str, is_allowed: bool, path: str
) -> None:
    answer = send("GET", path, headers={"Host": host})
    assert answer.status_code == (200 if is_allowed else 403)
    if not is_allowed:
        assert answer.json()["field"] == "Host"


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        (None, True),
        ("http://127.0.0.1:8080", True),
        ("http://localhost:8080", True),
        ("http://127.0.0.1:3000", False),
        ("https://127.0.0.1:8080", False),
        ("http://evil.example", False),
        ("null", False),
    ],
)
def test_origin_is_checked_on_commands(
    send: Send, bus: FakeBus, origin: str | None, is_allowed: bool
) -> None:
    headers = {} if origin is None else {"Origin": origin}
    answer = send("POST", "/api/stop", json={}, headers=headers)
    assert answer.status_code == (202 if is_allowed else 403)
    assert len(bus.published) == is_allowed
    if not is_allowed:
        assert answer.json()["field"] == "Origin"


def test_policy_of_a_wider_configuration() -> None:
    config = WebConfig(
        host="0.0.0.0",
        port=9000,
        allowed_hosts=("robot.local", "10.0.0.5:443"),
        allowed_origins=("https://home.example",),
    )
    policy = AccessPolicy.of(config)
    assert policy.allows_host("robot.local")
    assert policy.allows_host("robot.local:9000")
    assert policy.allows_host("10.0.0.5:443")
    assert not policy.allows_host("10.0.0.5:9000")
    assert not policy.allows_host("0.0.0.0:9000")
    assert policy.allows_origin("https://robot.local")
    assert policy.allows_origin("https://home.example")
    assert not policy.allows_origin("https://other.example")


def test_page_comes_with_safe_headers(send: Send) -> None:
    answer = send("GET", "/")
    assert "<title>Homebody</title>" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "<script>" not in answer.text
    assert "style=" not in answer.text
    assert "http://" not in answer.text
    assert "https://" not in answer.text


def test_state_and_health(send: Send, hub: Hub, bus: FakeBus) -> None:
    assert send("GET", "/api/state").json() == {
        "robot": "robot",
        "is_online": None,
        "age_s": None,
        "state": None,
    }
    bus.deliver(hub.topics.state, made_state())
    bus.deliver(hub.topics.availability, Availability(online=True), is_retained=True)
    answer = send("GET", "/api/state").json()
    assert answer["state"]["room"] == "living room"
    assert answer["age_s"] == 0.0
    assert send("GET", "/healthz").json() == {
        "status": "ok",
        "is_online": True,
        "state_age_s": 0.0,
    }


@pytest.mark.parametrize(
    ("path", "body"),
    [("task", {"type": "explore"}), ("stop", {}), ("estop", {"engaged": False})],
)
def test_nothing_is_kept_for_later_when_the_broker_is_gone(
    send: Send, bus: FakeBus, path: str, body: dict[str, Any]
) -> None:
    bus.is_connected = False
    answer = send("POST", f"/api/{path}", json=body)
    assert answer.status_code == 503
    assert "no connection to the MQTT broker" in answer.json()["error"]
    assert bus.published == []


def test_unknown_path_and_method(send: Send) -> None:
    assert send("GET", "/api/nothing").status_code == 404
    assert send("GET", "/../config.py").status_code == 404
    assert send("DELETE", "/api/state", content="").status_code == 415


def test_port_in_use_is_named() -> None:
    with open_listener(WebConfig(port=_free_port())) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ResourceError, match=rf"127\.0\.0\.1:{port}.*web\.port"):
            open_listener(WebConfig(port=port))


def test_bad_configuration_is_named() -> None:
    with pytest.raises(ConfigError, match="port is 0"):
        parse(WebConfig, {"port": 0}, "homebody.toml", ConfigError)
    with pytest.raises(ConfigError, match=r"allowed_hosts\.0"):
        parse(WebConfig, {"allowed_hosts": ["http://x"]}, "homebody.toml", ConfigError)


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
