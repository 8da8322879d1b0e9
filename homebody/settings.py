"""The base of every part's configuration and of every payload: frozen, closed and bounded."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from homebody.errors import InputError, MessageError

ModelT = TypeVar("ModelT", bound=BaseModel)


class Settings(BaseModel):
    """A part's configuration; the unit stands in each field's name."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def parse(
    model: type[ModelT], data: Any, source: object, error: type[InputError] = InputError
) -> ModelT:
    """Validate `data` as `model`.

    Raises:
        InputError: (or the given kind of it) naming the source, the field, the value and what is
            allowed, for the first thing that is wrong.
    """
    try:
        return model.model_validate(data)
    except ValidationError as problem:
        raise as_input_error(problem, source, error) from problem


def parse_json(
    model: type[ModelT],
    data: bytes | str,
    source: object,
    error: type[InputError] = MessageError,
) -> ModelT:
    """Validate a JSON text as `model`; as `parse`, and text that is no JSON is an error as well."""
    try:
        return model.model_validate_json(data)
    except ValidationError as problem:
        raise as_input_error(problem, source, error) from problem


def as_input_error(
    problem: ValidationError, source: object, error: type[InputError] = InputError
) -> InputError:
    """Turn pydantic's first complaint into one of ours."""
    first = problem.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "the whole"
    allowed = str(first["msg"])
    if first["type"] == "extra_forbidden":
        allowed = "no such field exists here"
    return error(source, field, first.get("input"), allowed)
