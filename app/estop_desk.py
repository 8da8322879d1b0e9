"""Where requests about the emergency stop are heard: each is answered with what became of it.

In the body process, so that it works while the brain is busy, stuck or gone.
"""

from __future__ import annotations

import logging

from app.body_loop import BodyLoop
from homebody.bus import Message
from homebody.errors import MessageError
from homebody.payloads import TEXT_MAX, EstopEvent, EstopRequest, request_id_in
from homebody.settings import parse_json

_log = logging.getLogger(__name__)


def answer(loop: BodyLoop, message: Message, wall_s: float) -> EstopEvent:
    """Do what a message asks for, or say why not."""
    try:
        if message.refusal is not None:
            raise message.refusal
        request = parse_json(EstopRequest, message.payload, message.topic)
        if message.is_retained and not request.engaged:
            raise MessageError(message.topic, "retained", True, "a release that is not retained")
    except MessageError as problem:
        _log.warning("%s", problem)
        return _event(loop, request_id_in(message.payload), str(problem), wall_s)
    refusal = loop.set_estop(request.engaged, request.source)
    return _event(loop, request.id, refusal, wall_s)


def _event(loop: BodyLoop, identity: str, refusal: str, wall_s: float) -> EstopEvent:
    return EstopEvent(
        id=identity,
        state="rejected" if refusal else "done",
        engaged=loop.is_estopped,
        reason=refusal[:TEXT_MAX],
        ts=wall_s,
    )
