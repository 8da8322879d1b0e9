"""The gate before the application: refuses foreign hosts, origins and bodies; adds safe headers.

It is plain ASGI, so that it sees WebSocket upgrades and static files alike. Cost: a few
microseconds per request.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from web.policy import AccessPolicy
from web.refusal import Refusal

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY_VIOLATION = 1008


class Guard:
    """Wraps an application."""

    def __init__(self, app: ASGIApp, policy: AccessPolicy, body_max_bytes: int) -> None:
        self._app = app
        self._policy = policy
        self._body_max_bytes = body_max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        is_socket = scope["type"] == "websocket"
        changes_state = is_socket or scope["method"] not in SAFE_METHODS
        refusal = self._refuse_sender(headers, changes_state)
        if refusal is not None and is_socket:
            await WebSocketClose(POLICY_VIOLATION, refusal.error)(scope, receive, send)
            return
        if refusal is None and changes_state and not is_socket:
            refusal = self._refuse_body(headers)
        app = self._app if refusal is None else refusal.response()
        await app(scope, receive, send if is_socket else _with_headers(send, headers))

    def _refuse_sender(self, headers: Headers, changes_state: bool) -> Refusal | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._policy.allows_host(hosts[0]):
            allowed = "a name of this machine; more are set in web.allowed_hosts"
            return Refusal(403, "Host", ", ".join(hosts), allowed)
        origins = headers.getlist("origin")
        origin = ", ".join(origins) if origins else None
        if changes_state and not self._policy.allows_origin(origin):
            return Refusal(403, "Origin", origin, "the panel's own; more in web.allowed_origins")
        return None

    def _refuse_body(self, headers: Headers) -> Refusal | None:
        content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != "application/json":
            return Refusal(415, "Content-Type", content_type, "application/json")
        length = headers.get("content-length", "")
        if not length.isdecimal():
            return Refusal(411, "Content-Length", length, "a number of bytes")
        if int(length) > self._body_max_bytes:
            return Refusal(413, "Content-Length", int(length), f"up to {self._body_max_bytes}")
        return None


def _with_headers(send: Send, request: Headers) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            _add_safe_headers(MutableHeaders(scope=message), request.get("host", ""))
        await send(message)

    return send_with_headers


def _add_safe_headers(headers: MutableHeaders, host: str) -> None:
    socket = f"ws://{host} wss://{host}" if host.isascii() and ";" not in host else ""
    headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        f"connect-src 'self' {socket}; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers.setdefault("Cache-Control", "no-cache")
