"""Streams the newest messages to one browser over its WebSocket; a heartbeat when all is quiet.

The heartbeat lets a page tell a quiet robot from a dead connection. What the browser says is not
listened to: commands come over POST, where they are validated and answered.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from web.config import WebConfig
from web.hub import Hub
from web.outgoing import Outgoing

HEARTBEAT = '{"channel":"heartbeat"}'
TRY_AGAIN_LATER = 1013


async def stream(websocket: WebSocket, hub: Hub, config: WebConfig) -> None:
    """Serve one browser until it leaves."""
    await websocket.accept()
    if hub.n_watchers >= config.browsers_max:
        await websocket.close(TRY_AGAIN_LATER, f"allowed: {config.browsers_max} open pages")
        return
    tasks = {
        asyncio.create_task(_send_newest(websocket, hub, config)),
        asyncio.create_task(_wait_for_end(websocket)),
    }
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _wait_for_end(websocket: WebSocket) -> None:
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def _send_newest(websocket: WebSocket, hub: Hub, config: WebConfig) -> None:
    outgoing = Outgoing(1.0 / config.rate_max_hz)
    with hub.watch() as news, suppress(WebSocketDisconnect):
        while True:
            news.clear()
            entries = hub.entries()
            entry, wait_s = outgoing.due(entries, hub.clock.now_s())
            if entry is not None:
                now_s = hub.clock.now_s()
                await websocket.send_text(entry.envelope(now_s))
                outgoing.mark_sent(entry, now_s)
            elif wait_s is not None:
                await asyncio.sleep(wait_s)
            else:
                outgoing.forget(entries)
                await _wait_for_news(websocket, news, config.heartbeat_s)


async def _wait_for_news(websocket: WebSocket, news: asyncio.Event, timeout_s: float) -> None:
    try:
        await asyncio.wait_for(news.wait(), timeout_s)
    except TimeoutError:
        await websocket.send_text(HEARTBEAT)
