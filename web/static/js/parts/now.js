// What the robot is doing and why, with its face; and in red what holds it.

import { byId, setText } from "../dom.js";
import { Face } from "./face.js";

export class Now {
  constructor() {
    this._face = new Face(byId("face"));
  }

  show(state) {
    this._face.show(state.face, state.pan_rad, state.tilt_rad);
    setText(byId("activity"), state.activity || "Idle");
    setText(byId("where"), whereabouts(state));
  }

  showAlarm(isEngaged, reason) {
    const words = [isEngaged ? "Emergency stop is on" : "", reason].filter(Boolean);
    byId("alarm").hidden = words.length === 0;
    setText(byId("alarm"), words.join(": "));
  }
}

function whereabouts({ room, speed_m_s: speed, is_docked: isDocked, is_charging: isCharging }) {
  const place = isDocked ? (isCharging ? "on its dock, charging" : "on its dock") : room && `in the ${room}`;
  const motion = Math.abs(speed) > 0.02 ? `${Math.abs(speed).toFixed(2)} m/s` : "standing";
  const text = [place, motion].filter(Boolean).join(", ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
