// Battery and localization in the bar.

import { byId, setText } from "../dom.js";
import { percent } from "../words.js";

const BATTERY_LOW = 0.2;
const QUALITY = { fair: 0.7, poor: 0.4 };

export function showVitals(state) {
  showBattery(state);
  showLocalization(state.localization_quality);
}

function showBattery({ battery, is_charging: isCharging }) {
  const vital = byId("vital-battery");
  vital.hidden = battery === null;
  if (battery === null) return;
  const bar = vital.querySelector(".battery");
  bar.style.setProperty("--level", battery);
  bar.classList.toggle("low", battery < BATTERY_LOW);
  setText(vital.querySelector("b"), `${percent(battery)}${isCharging ? " charging" : ""}`);
}

function showLocalization(quality) {
  const vital = byId("vital-localization");
  vital.hidden = false;
  const dots = vital.querySelector(".dots");
  dots.classList.toggle("fair", quality < QUALITY.fair && quality >= QUALITY.poor);
  dots.classList.toggle("poor", quality < QUALITY.poor);
  [...dots.children].forEach((dot, i, all) => dot.classList.toggle("on", quality > (i + 0.25) / all.length));
  setText(vital.querySelector("b"), percent(quality));
}
