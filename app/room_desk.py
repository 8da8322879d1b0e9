"""Where requests about rooms are heard: each is answered with what became of it, and why.

Pure: takes payloads and gives events. An id that was answered is answered the same again.
Cost: an edit takes 15 ms of the brain's loop at 240 x 240 cells; a user makes few.
"""

from __future__ import annotations

from homebody.errors import InputError, MessageError
from homebody.payloads import TEXT_MAX, request_id_in
from homebody.room_payloads import MergeRooms, RenameRoom, RoomEdit, RoomEvent, RoomRequest
from homebody.settings import parse_json
from navigation.rooms.keeper import RoomKeeper

_ANSWERS_KEPT = 64


class RoomDesk:
    """Hands changes to the keeper of the rooms."""

    def __init__(self, rooms: RoomKeeper) -> None:
        self._rooms = rooms
        self._answers: dict[str, RoomEvent] = {}

    def answer(self, payload: bytes, topic: str, is_retained: bool, wall_s: float) -> RoomEvent:
        """Do what a message asks for, or say why not."""
        try:
            request = parse_json(RoomRequest, payload, topic)
        except MessageError as problem:
            return _rejected(request_id_in(payload), str(problem), wall_s)
        known = self._answers.get(request.id)
        if known is not None:
            return known
        event = self._decide(request, is_retained, wall_s)
        self._answers[request.id] = event
        while len(self._answers) > _ANSWERS_KEPT:
            del self._answers[next(iter(self._answers))]
        return event

    def refuse(self, problem: InputError, wall_s: float) -> RoomEvent:
        """The answer to a request that could not even be read."""
        return _rejected("", str(problem), wall_s)

    def _decide(self, request: RoomRequest, is_retained: bool, wall_s: float) -> RoomEvent:
        if is_retained:
            return _rejected(request.id, "retained requests are refused", wall_s)
        age_s = wall_s - request.ts
        if age_s > request.ttl_s:
            words = f"sent {age_s:.0f} s ago; allowed: {request.ttl_s:.0f} s"
            return _rejected(request.id, words, wall_s)
        try:
            words = self._do(request.edit)
        except InputError as problem:
            return _rejected(request.id, str(problem), wall_s)
        return RoomEvent(id=request.id, state="done", reason=words, ts=wall_s)

    def _do(self, edit: RoomEdit) -> str:
        if isinstance(edit, RenameRoom):
            self._rooms.rename(edit.room, edit.name)
            return f"{edit.room} is called {edit.name} now"
        if isinstance(edit, MergeRooms):
            name = self._rooms.merge(edit.room, edit.other, edit.name)
            return f"{edit.room} and {edit.other} are one room now, {name}"
        name = self._rooms.split(edit.room, edit.line_m, edit.name)
        return f"a part of {edit.room} is called {name} now"


def _rejected(request_id: str, reason: str, wall_s: float) -> RoomEvent:
    return RoomEvent(id=request_id, state="rejected", reason=reason[:TEXT_MAX], ts=wall_s)
