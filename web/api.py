"""The panel's API: commands over POST, the newest state over GET, everything live over `/ws`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, WebSocket

from homebody.payloads import Availability, RobotState
from web.commands import (
    EstopBody,
    RoomBody,
    StopBody,
    TaskBody,
    ZoneBody,
    send_estop,
    send_room,
    send_stop,
    send_task,
    send_zone,
)
from web.config import WebConfig
from web.hub import Hub
from web.stream import stream


def create_router(hub: Hub, config: WebConfig) -> APIRouter:
    """All routes but the static page."""
    router = APIRouter()

    @router.post("/api/task", status_code=202)
    async def post_task(body: TaskBody) -> dict[str, str]:
        return {"id": send_task(hub, body, config.task_ttl_s)}

    @router.post("/api/zone", status_code=202)
    async def post_zone(body: ZoneBody) -> dict[str, str]:
        return {"id": send_zone(hub, body)}

    @router.post("/api/room", status_code=202)
    async def post_room(body: RoomBody) -> dict[str, str]:
        return {"id": send_room(hub, body, config.task_ttl_s)}

    @router.post("/api/stop", status_code=202)
    async def post_stop(_: StopBody) -> dict[str, bool]:
        send_stop(hub)
        return {"sent": True}

    @router.post("/api/estop", status_code=202)
    async def post_estop(body: EstopBody) -> dict[str, str]:
        return {"id": send_estop(hub, body.engaged)}

    @router.get("/api/state")
    async def get_state() -> dict[str, Any]:
        return {"robot": hub.robot, "is_online": _is_online(hub), **_newest_state(hub)}

    @router.get("/healthz")
    async def get_health() -> dict[str, Any]:
        age_s = _newest_state(hub)["age_s"]
        return {"status": "ok", "is_online": _is_online(hub), "state_age_s": age_s}

    @router.websocket("/ws")
    async def live(websocket: WebSocket) -> None:
        await stream(websocket, hub, config)

    return router


def _is_online(hub: Hub) -> bool | None:
    newest = hub.newest("availability", Availability)
    return None if newest is None else newest[0].online


def _newest_state(hub: Hub) -> dict[str, Any]:
    newest = hub.newest("state", RobotState)
    if newest is None:
        return {"age_s": None, "state": None}
    return {"age_s": newest[1], "state": newest[0].model_dump(mode="json")}
