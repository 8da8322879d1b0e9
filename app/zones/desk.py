"""Takes requests about zones: checks, obeys, keeps them on disk, and answers each.

An answer is published once the change is on the disk; if the disk fails it says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from app.stores.saver import Then
from app.zones.translate import zone_of
from homebody.errors import InputError, MessageError
from homebody.payloads import TEXT_MAX, request_id_in
from homebody.settings import parse_json
from homebody.zone_payloads import ZoneEvent, ZoneRequest
from navigation.zones.book import ZoneBook

_log = logging.getLogger(__name__)


class ZoneDesk:
    """Serves the zones of one brain.

    Args:
        keep: Stores the zones, and calls what it is given, with a fault or "", when that is done.
        publish: Called with each answer, on the thread of `keep` where something was to be saved.
    """

    def __init__(
        self,
        book: ZoneBook,
        keep: Callable[[Then], object],
        publish: Callable[[ZoneEvent], object],
    ) -> None:
        self._book = book
        self._keep = keep
        self._publish = publish

    def take(self, payload: bytes, source: str, is_retained: bool, wall_s: float) -> None:
        """Hear one request; nothing of it raises."""
        try:
            request = parse_json(ZoneRequest, payload, source, MessageError)
            if is_retained:
                raise MessageError(source, "retained", True, "requests that are not retained")
            self._obey(request)
        except InputError as problem:
            _log.warning("%s", problem)
            self._publish(self._event(request_id_in(payload), str(problem), wall_s))
            return
        done = ZoneEvent(id=request.id, state="done", ts=wall_s)
        self._keep(partial(self._tell, done))

    def refuse(self, problem: InputError, wall_s: float) -> None:
        """Answer a request that could not even be read."""
        self._publish(self._event("", str(problem), wall_s))

    def _obey(self, request: ZoneRequest) -> None:
        if request.zone is not None:
            self._book.set(zone_of(request.zone))
        else:
            assert request.name is not None
            self._book.delete(request.name)

    def _event(self, identity: str, reason: str, wall_s: float) -> ZoneEvent:
        return ZoneEvent(id=identity, state="rejected", reason=reason[:TEXT_MAX], ts=wall_s)

    def _tell(self, event: ZoneEvent, fault: str) -> None:
        self._publish(event.model_copy(update={"reason": fault[:TEXT_MAX]}) if fault else event)
