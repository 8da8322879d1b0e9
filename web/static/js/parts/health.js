// Figures about the machine: planning time, body loop, head of command, and what is broken.

import { byId, el, makeList } from "../dom.js";
import { millis } from "../words.js";

const PLAN_MS_MAX = 15;
const COMMAND_AGE_MAX_S = 0.3;
const PERIOD_P99_MAX_MS = 25;

export class Health {
  constructor() {
    this._showFaults = makeList(byId("faults"), (fault) => el("li", {}, fault));
    this._showFigures = makeList(byId("figures"), figure);
  }

  /** State and body may be null: not heard, or not heard of late. */
  show(state, body, processFaults) {
    const faults = [...processFaults, ...(body?.faults ?? []), ...(state?.faults ?? [])];
    this._showFaults([...new Set(faults)]);
    this._showFigures(state || body ? [...planFigures(state), ...bodyFigures(body)] : []);
  }
}

function planFigures(state) {
  if (!state) return [];
  const { plan_ms_p50: typical, plan_ms_p99: slow, yaw_rate_rad_s: yawRate } = state;
  return [
    { name: "Plan p50", value: millis(typical), unit: "ms" },
    { name: "Plan p99", value: millis(slow), unit: "ms", isBad: slow > PLAN_MS_MAX },
    { name: "Turning", value: Math.abs((yawRate * 180) / Math.PI).toFixed(0), unit: "°/s" },
  ];
}

function bodyFigures(body) {
  if (!body) return [{ name: "Body", value: "silent", unit: "", isBad: true }];
  const { command_age_s: ageS, period_p99_ms: periodMs, period_jitter_ms: jitterMs, missed_deadlines: nMissed } = body;
  return [
    { name: "Command age", value: millis(Math.min(ageS, 9.999) * 1000), unit: "ms", isBad: ageS > COMMAND_AGE_MAX_S },
    { name: "Body p99", value: millis(periodMs), unit: "ms", isBad: periodMs > PERIOD_P99_MAX_MS },
    { name: "Body jitter", value: millis(jitterMs ?? 0), unit: "ms" },
    { name: "Missed deadlines", value: String(nMissed), unit: "" },
  ];
}

function figure({ name, value, unit, isBad }) {
  const text = el("dd", isBad ? { class: "bad" } : {}, value, el("small", {}, unit && ` ${unit}`));
  return el("div", {}, el("dt", {}, name), text);
}
