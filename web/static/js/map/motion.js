// Lets the robot glide between the few poses a second that arrive, instead of jumping.

const TIME_CONSTANT_MS = 90;
const JUMP_M = 1.0;
const STILL = 1e-3;
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

/** The pose to show after `elapsedMs`, on the way from `shown` to `target`; both {x, y, yaw, pan}. */
export function glide(shown, target, elapsedMs) {
  const isFar = !shown || Math.hypot(target.x - shown.x, target.y - shown.y) > JUMP_M;
  if (isFar || reducedMotion.matches) return target;
  const gain = 1 - Math.exp(-elapsedMs / TIME_CONSTANT_MS);
  const next = {
    x: shown.x + gain * (target.x - shown.x),
    y: shown.y + gain * (target.y - shown.y),
    yaw: shown.yaw + gain * wrap(target.yaw - shown.yaw),
    pan: shown.pan + gain * (target.pan - shown.pan),
  };
  return isStill(next, target) ? target : next;
}

function isStill(a, b) {
  const away = [a.x - b.x, a.y - b.y, wrap(a.yaw - b.yaw), a.pan - b.pan];
  return away.every((difference) => Math.abs(difference) < STILL);
}

function wrap(angle) {
  return Math.atan2(Math.sin(angle), Math.cos(angle));
}
