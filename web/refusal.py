"""How the API says no: JSON that names the field, the value found and what is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse

TEXT_MAX = 120


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason to refuse a request."""

    status: int
    field: str
    value: object
    allowed: str

    @property
    def error(self) -> str:
        return f"{self.field} is {self._short_value()}; allowed: {self.allowed}"

    def response(self) -> JSONResponse:
        content = {"error": self.error, "field": self.field, "allowed": self.allowed}
        return JSONResponse(content, status_code=self.status)

    def _short_value(self) -> str:
        text = repr(self.value)
        return text if len(text) <= TEXT_MAX else f"{text[: TEXT_MAX - 3]}..."


def of_validation(problem: RequestValidationError) -> Refusal:
    """The first of pydantic's complaints about a request."""
    first: dict[str, Any] = dict(problem.errors()[0])
    kind, allowed = str(first["type"]), str(first["msg"])
    path = [str(part) for part in first["loc"] if part != "body"]
    if kind == "json_invalid":
        return Refusal(422, "the body", "not JSON", "a JSON object")
    if kind == "extra_forbidden":
        allowed = "no such field exists here"
    return Refusal(422, ".".join(path) or "the body", first.get("input"), allowed)
