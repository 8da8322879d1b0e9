"""Puts the panel together: API and page, behind the guard."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles

from homebody.errors import HomebodyError
from web import refusal
from web.api import create_router
from web.config import WebConfig
from web.guard import Guard
from web.hub import Hub
from web.policy import AccessPolicy

STATIC = Path(__file__).parent / "static"


def create_app(hub: Hub, config: WebConfig) -> FastAPI:
    """The application around a hub that has subscribed, or will."""
    app = FastAPI(
        title="Homebody panel", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json"
    )
    app.add_middleware(Guard, policy=AccessPolicy.of(config), body_max_bytes=config.body_max_bytes)
    app.add_exception_handler(RequestValidationError, _refuse_invalid)
    app.add_exception_handler(HomebodyError, _refuse_unsent)
    app.include_router(create_router(hub, config))
    app.mount("/", StaticFiles(directory=STATIC, html=True))
    return app


async def _refuse_invalid(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, RequestValidationError)
    return refusal.of_validation(problem).response()


async def _refuse_unsent(_: Request, problem: Exception) -> Response:
    return JSONResponse({"error": f"not sent: {problem}"}, status_code=503)
