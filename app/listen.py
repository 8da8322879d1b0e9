"""Whether a port can be listened at, found out before a server logs a traceback."""

from __future__ import annotations

import contextlib
import socket


def why_not_listen(host: str, port: int) -> str:
    """Why nobody can listen there, in the system's words; empty when one can."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            return problem.strerror or str(problem)
    return ""
