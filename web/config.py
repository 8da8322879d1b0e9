"""Configuration of the panel: where it listens and who may speak to it.

Loopback is the default because the panel has no passwords: opening it wider is a decision, and each
further name by which browsers may reach it is named in `allowed_hosts`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from homebody.settings import Settings

HostName = Annotated[
    str, StringConstraints(pattern=r"^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?$")
]
OriginName = Annotated[str, StringConstraints(pattern=r"^https?://[^/\s]+$")]


class WebConfig(Settings):
    """The panel's server."""

    host: str = Field(default="127.0.0.1", min_length=1, description="address to listen on")
    port: int = Field(default=8080, ge=1, le=65535)
    allowed_hosts: tuple[HostName, ...] = Field(
        default=(), description="further names of this machine, such as robot.local"
    )
    allowed_origins: tuple[OriginName, ...] = Field(
        default=(), description="further pages that may use the API, such as https://home.example"
    )
    rate_max_hz: float = Field(
        default=10.0, gt=0.0, le=60.0, description="messages per second, channel and browser"
    )
    heartbeat_s: float = Field(
        default=1.0, gt=0.0, le=10.0, description="a silent connection is shown as lost after 3"
    )
    browsers_max: int = Field(default=16, ge=1, le=256, description="open pages at a time")
    body_max_bytes: int = Field(default=16_384, ge=256, le=1_048_576)
    task_ttl_s: float = Field(
        default=30.0,
        gt=0.0,
        le=86400.0,
        description="how long a request from the panel stays valid",
    )
