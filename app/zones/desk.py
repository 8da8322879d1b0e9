"""Takes requests about zones: checks, obeys, keeps them on disk, and answers each.

An answer is published once the change is on the disk; if the disk fails it says so.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from app.stores.json_store import JsonStore
from app.stores.saver import Saver
from app.zones.translate import zone_of, zones_of, zones_payload
from homebody.errors import InputError, MessageError, StoreError
from homebody.payloads import TEXT_MAX
from homebody.ports import Store
from homebody.settings import parse_json
from homebody.zone_payloads import ZoneEvent, ZoneRequest, ZonesPayload
from navigation.zones.book import ZoneBook

FILE_NAME = "zones.json"
_ID_MAX = 64

_log = logging.getLogger(__name__)


def zone_store(folder: Path) -> JsonStore[ZonesPayload]:
    """Where the zones of a robot are kept."""
    return JsonStore(folder / FILE_NAME, ZonesPayload)


class ZoneDesk:
    """Serves the zones of one brain, from the stored ones on.

    Args:
        publish: Called with each answer, on the saver's thread where something was to be saved.

    Attributes:
        notice: Why the stored zones could not be read, empty if they could.
    """

    def __init__(
        self,
        book: ZoneBook,
        store: Store[ZonesPayload],
        publish: Callable[[ZoneEvent], object],
    ) -> None:
        self._book = book
        self._publish = publish
        self.notice = self._load(store)
        self._saver = Saver(store, "the zones")

    @property
    def fault(self) -> str:
        """Why zones are not stored, in plain words; empty when they are."""
        return self._saver.fault

    def take(self, payload: bytes, source: str, is_retained: bool, wall_s: float) -> None:
        """Hear one request; nothing of it raises."""
        try:
            request = parse_json(ZoneRequest, payload, source, MessageError)
            if is_retained:
                raise MessageError(source, "retained", True, "requests that are not retained")
            self._obey(request)
        except InputError as problem:
            _log.warning("%s", problem)
            self._publish(self._event(_id_in(payload), str(problem), wall_s))
            return
        done = ZoneEvent(id=request.id, state="done", ts=wall_s)
        self._saver.put(zones_payload(self._book.zones, wall_s), partial(self._tell, done))

    def close(self) -> None:
        """Save and tell what waits, within half a second."""
        self._saver.close()

    def _load(self, store: Store[ZonesPayload]) -> str:
        try:
            stored = store.load()
            if stored is not None:
                self._book.replace(zones_of(stored))
        except (StoreError, InputError) as problem:
            return f"the zones cannot be read, none is in force ({problem})"
        return ""

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


def _id_in(payload: bytes) -> str:
    """The id of a request that is otherwise wrong, empty where there is none to be read."""
    try:
        data = json.loads(payload)
    except ValueError:
        return ""
    identity = data.get("id") if isinstance(data, dict) else None
    return identity[:_ID_MAX] if isinstance(identity, str) else ""
