// The live connection: one WebSocket that comes back by itself, with a growing pause between tries.

const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 8000;
const SILENCE_MS = 3500; // the server's heartbeat comes every second

export class Link {
  /** onMessage(channel, data, receivedMs): `receivedMs` is -Infinity where the age is unknown. */
  constructor(onMessage, onChange) {
    this.isUp = null; // not known yet
    this._onMessage = onMessage;
    this._onChange = onChange;
    this._pauseMs = FIRST_PAUSE_MS;
    this._heardMs = 0;
    this._timer = 0;
    setInterval(() => this._dropIfSilent(), 1000);
    window.addEventListener("online", () => this._retryNow());
    document.addEventListener("visibilitychange", () => document.hidden || this._retryNow());
    this._open();
  }

  _open() {
    const url = new URL("ws", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    this._socket = socket;
    this._heardMs = performance.now();
    const ifCurrent = (act) => (event) => socket === this._socket && act(event);
    socket.onopen = ifCurrent(() => this._setUp(true));
    socket.onmessage = ifCurrent((event) => this._hear(event.data));
    socket.onclose = ifCurrent(() => this._lose());
  }

  _hear(text) {
    this._heardMs = performance.now();
    this._pauseMs = FIRST_PAUSE_MS;
    const { channel, age_s: ageS, data } = JSON.parse(text);
    if (channel === "heartbeat") return;
    this._onMessage(channel, data, ageS === null ? -Infinity : this._heardMs - ageS * 1000);
  }

  _lose() {
    this._socket = null;
    this._setUp(false);
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._open(), this._pauseMs * (0.75 + Math.random() / 2));
    this._pauseMs = Math.min(this._pauseMs * 1.7, LONGEST_PAUSE_MS);
  }

  _retryNow() {
    if (this._socket) return;
    clearTimeout(this._timer);
    this._open();
  }

  /** A dead radio link closes nothing: silence is the only sign. */
  _dropIfSilent() {
    const socket = this._socket;
    if (!socket || performance.now() - this._heardMs < SILENCE_MS) return;
    this._lose();
    socket.close();
  }

  _setUp(isUp) {
    if (isUp === this.isUp) return;
    this.isUp = isUp;
    this._onChange();
  }
}
