"""Guided fuzzing of every parser that hears MQTT; `python -m benchmarks.fuzz_parsers -runs=100000`.

Needs `atheris` (coverage guides it into our code; pydantic's own core is compiled and not seen).
It ends with an error at the first payload that raises anything but a `MessageError`.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports():
    from homebody.errors import MessageError
    from homebody.payloads import EstopRequest, TaskRequest, request_id_in
    from homebody.room_payloads import RoomRequest
    from homebody.settings import parse_json
    from homebody.zone_payloads import ZoneRequest

_MODELS = (TaskRequest, EstopRequest, ZoneRequest, RoomRequest)


def hear(data: bytes) -> None:
    """What the robot does with a payload of each topic."""
    for model in _MODELS:
        try:
            parse_json(model, data, "topic", MessageError)
        except MessageError as problem:
            if not str(problem):
                raise AssertionError("no reason is given") from problem
    request_id_in(data)


if __name__ == "__main__":
    atheris.Setup(sys.argv, hear)
    atheris.Fuzz()
