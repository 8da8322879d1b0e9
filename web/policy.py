"""Who may use the panel: by the `Host` that was asked for and the `Origin` of the asking page.

A foreign page may open WebSockets to loopback and post to it, and by DNS rebinding read from it
too; checking both headers against names known beforehand stops it (Fetch standard; RFC 6455,
section 10.2).
"""

from __future__ import annotations

from dataclasses import dataclass

from web.config import WebConfig

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
ANY_ADDRESS = ("0.0.0.0", "::", "[::]")


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """The `Host` and `Origin` values that are let in, in lower case."""

    hosts: frozenset[str]
    origins: frozenset[str]

    @classmethod
    def of(cls, config: WebConfig) -> AccessPolicy:
        names = [*LOOPBACK]
        if config.host not in ANY_ADDRESS:
            names.append(f"[{config.host}]" if ":" in config.host else config.host)
        hosts = {f"{name}:{config.port}" for name in names}
        if config.port == 80:  # browsers leave the default port out
            hosts.update(names)
        origins = {f"http://{host}" for host in hosts}
        for host in config.allowed_hosts:
            forms = _forms(host, config.port)
            hosts |= forms
            origins |= {f"{scheme}://{form}" for scheme in ("http", "https") for form in forms}
        origins.update(config.allowed_origins)
        return cls(frozenset(map(str.lower, hosts)), frozenset(map(str.lower, origins)))

    def allows_host(self, host: str | None) -> bool:
        return host is not None and host.lower() in self.hosts

    def allows_origin(self, origin: str | None) -> bool:
        """A program that is no browser sends none; a browser always does where it matters."""
        return origin is None or origin.lower() in self.origins


def _forms(host: str, port: int) -> set[str]:
    """A name without a port is taken with ours and, behind a proxy, with the default one."""
    has_port = host.rpartition("]")[2].find(":") >= 0
    return {host} if has_port else {host, f"{host}:{port}"}
