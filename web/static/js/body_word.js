// What the body process says of itself, as long as it is heard. It speaks even when the brain is gone,
// so its word on the emergency stop goes before the brain's.

import { STALE_MS } from "./freshness.js";

export class BodyWord {
  constructor() {
    this._body = null;
    this._bodyMs = -Infinity;
  }

  hear(body, receivedMs) {
    this._body = body;
    this._bodyMs = receivedMs;
  }

  /** The newest payload, or null where it is too old to count. */
  get newest() {
    return performance.now() - this._bodyMs < STALE_MS ? this._body : null;
  }

  isEngaged(state) {
    return this.newest?.estop ?? state?.estop ?? false;
  }

  stopReason(state) {
    return this.newest?.stop_reason ?? state?.body_stop_reason ?? "";
  }
}
