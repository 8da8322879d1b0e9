"""The one MQTT client: publish, subscribe, and stay connected.

Paho's own thread talks to the broker, connects again with back-off when the broker comes back, and
subscribes again. Handlers run on that thread: they must be short, and what they raise is logged and
counted here, because an exception that escapes a paho callback ends the thread for ever.
"""

from __future__ import annotations

import contextlib
import logging
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from pydantic import Field, SecretStr

from homebody.errors import ConfigError, MessageError, NoAnswerError
from homebody.settings import Settings

PAYLOAD_MAX_BYTES = 256 * 1024
_QUEUE_MAX = 1000  # messages of QoS 1 kept while there is no broker
_GOODBYE_S = 0.5
_CONNECT_TIMEOUT_S = 2.0

_log = logging.getLogger(__name__)


class BusConfig(Settings):
    """How to reach the broker."""

    host: str = Field(default="127.0.0.1", min_length=1, max_length=255)
    port: int = Field(default=1883, ge=1, le=65535)
    username: str | None = None
    password: SecretStr | None = None
    tls: bool = False
    ca_file: Path | None = Field(
        default=None, description="authorities to trust; those of the system if none"
    )
    keepalive_s: int = Field(default=15, ge=2, le=3600)
    reconnect_min_s: int = Field(default=1, ge=1, le=60)
    reconnect_max_s: int = Field(default=8, ge=1, le=600)


@dataclass(frozen=True, slots=True)
class Message:
    """What came in.

    Attributes:
        is_retained: It was sent before this client subscribed.
        refusal: Why its payload was dropped; None where it is here.
    """

    topic: str
    payload: bytes
    is_retained: bool
    refusal: MessageError | None = None


Handler = Callable[[Message], object]


@dataclass(frozen=True, slots=True)
class _Subscription:
    topic: str
    handler: Handler
    qos: int


class Bus:
    """One client of the broker.

    Args:
        config: Where the broker is.
        client_id: Unique at the broker; a second client of the same name ends the first one.
        will: Topic and payload, retained, that the broker publishes when this client is lost.

    Raises:
        ConfigError: The file of authorities cannot be used.

    Attributes:
        handler_errors: Exceptions caught from handlers.
        refused: Messages that were larger than `PAYLOAD_MAX_BYTES`.
    """

    def __init__(
        self, config: BusConfig, client_id: str, will: tuple[str, Settings] | None = None
    ) -> None:
        self._config = config
        self._subscriptions: list[_Subscription] = []
        self._on_connect: list[Callable[[], object]] = []
        self._on_refused: list[Handler] = []
        self._connected = threading.Event()
        self._refusal = ""
        self._is_started = False
        self._last: mqtt.MQTTMessageInfo | None = None
        self.handler_errors = 0
        self.refused = 0
        self._client = self._make_client(client_id)
        if will is not None:
            self._client.will_set(will[0], encode(will[1]), qos=1, retain=True)

    @property
    def is_connected(self) -> bool:
        return self._connected.is_set()

    def subscribe(self, topic: str, handler: Handler, qos: int = 0) -> None:
        """Hear a topic (`+` and `#` as in MQTT) from now on, and again after every reconnection.

        A client's filters should not overlap: brokers may send a message once for each of them.
        """
        self._subscriptions.append(_Subscription(topic, handler, qos))
        if self.is_connected:
            self._client.subscribe(topic, qos)

    def on_connect(self, callback: Callable[[], object]) -> None:
        """Call this after every connection, once the topics are subscribed."""
        self._on_connect.append(callback)

    def on_refused(self, handler: Handler) -> None:
        """Hear of messages that were too large, without their payload: they want an answer too."""
        self._on_refused.append(handler)

    def publish(
        self, topic: str, payload: Settings | bytes, qos: int = 0, is_retained: bool = False
    ) -> None:
        """Send a message; never waits.

        Without a connection a message of QoS 0 is dropped, one of QoS 1 waits for it.
        """
        if qos == 0 and not self.is_connected:
            return
        self._last = self._client.publish(topic, encode(payload), qos=qos, retain=is_retained)

    def start(self, timeout_s: float = 5.0) -> None:
        """Connect; may be called again after it failed, and keeps trying by itself meanwhile.

        Raises:
            NoAnswerError: The broker cannot be reached, or lets us not in, within `timeout_s`.
        """
        if not self._is_started:
            self._is_started = True
            self._client.connect_async(
                self._config.host, self._config.port, self._config.keepalive_s
            )
            self._client.loop_start()
        if not self._connected.wait(timeout_s):
            where = f"{self._config.host}:{self._config.port}"
            why = self._refusal or "is it running?"
            raise NoAnswerError(f"no MQTT broker answers at {where}: {why}")

    def stop(self) -> None:
        """Say goodbye and end the thread, within about a second; no will is published then.

        May be called twice.
        """
        if not self._is_started:
            return
        self._is_started = False
        if self.is_connected:
            self._flush()
        self._client.disconnect()
        # Paho waits for its thread, which may be asleep between two attempts to connect.
        ending = threading.Thread(target=self._client.loop_stop, daemon=True)
        ending.start()
        ending.join(_GOODBYE_S)
        self._connected.clear()

    def _make_client(self, client_id: str) -> mqtt.Client:
        config = self._config
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
        if config.username is not None:
            password = config.password.get_secret_value() if config.password else None
            client.username_pw_set(config.username, password)
        if config.tls:
            _use_tls(client, config.ca_file)
        client.connect_timeout = _CONNECT_TIMEOUT_S
        client.reconnect_delay_set(config.reconnect_min_s, config.reconnect_max_s)
        client.max_queued_messages_set(_QUEUE_MAX)
        client.on_connect = self._connected_to_broker
        client.on_connect_fail = self._connection_failed
        client.on_disconnect = self._disconnected
        client.on_message = self._received
        return client

    def _connected_to_broker(
        self,
        client: mqtt.Client,
        _userdata: Any,
        _flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._refusal = f"it refuses the connection ({reason})"
            _log.warning("the broker refuses the connection: %s", reason)
            return
        for subscription in self._subscriptions:
            client.subscribe(subscription.topic, subscription.qos)
        self._refusal = ""
        self._connected.set()
        for callback in self._on_connect:
            self._guarded(callback)

    def _connection_failed(self, _client: mqtt.Client, _userdata: Any) -> None:
        self._refusal = "the connection fails"

    def _disconnected(
        self,
        _client: mqtt.Client,
        _userdata: Any,
        _flags: mqtt.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if self.is_connected and reason.is_failure:
            _log.warning("the connection to the broker is lost (%s); trying again", reason)
        self._connected.clear()

    def _received(self, _client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        self._guarded(lambda: self._dispatch(message))

    def _dispatch(self, message: mqtt.MQTTMessage) -> None:
        if len(message.payload) > PAYLOAD_MAX_BYTES:
            self._refuse(message)
            return
        received = Message(message.topic, bytes(message.payload), bool(message.retain))
        for subscription in tuple(self._subscriptions):
            if mqtt.topic_matches_sub(subscription.topic, received.topic):
                self._guarded(partial(subscription.handler, received))

    def _refuse(self, message: mqtt.MQTTMessage) -> None:
        self.refused += 1
        size, allowed = f"{len(message.payload)} bytes", f"at most {PAYLOAD_MAX_BYTES} bytes"
        refusal = MessageError(message.topic, "the whole", size, allowed)
        _log.warning("%s", refusal)
        refused = Message(message.topic, b"", bool(message.retain), refusal)
        for handler in self._on_refused:
            self._guarded(partial(handler, refused))

    def _guarded(self, call: Callable[[], object]) -> None:
        try:
            call()
        except Exception:
            # Whatever a handler raises, the thread that serves all the others must live on.
            self.handler_errors += 1
            _log.exception("a message handler failed")

    def _flush(self) -> None:
        """Give the last message a moment to get out."""
        if self._last is None:
            return
        # It was refused, or the connection is gone: nothing to wait for.
        with contextlib.suppress(ValueError, RuntimeError):
            self._last.wait_for_publish(_GOODBYE_S)


def encode(payload: Settings | bytes) -> bytes:
    """A payload as it goes over the wire: JSON in UTF-8."""
    return payload if isinstance(payload, bytes) else payload.model_dump_json().encode()


def _use_tls(client: mqtt.Client, ca_file: Path | None) -> None:
    try:
        client.tls_set(ca_certs=str(ca_file) if ca_file else None)
    except (OSError, ssl.SSLError) as problem:
        raise ConfigError("mqtt", "ca_file", str(ca_file), f"a PEM file ({problem})") from problem
