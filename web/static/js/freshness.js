// How far what the page shows can be believed. Age is judged by the local clock alone.

export const STALE_MS = 1500;

/** {status, text} of the badge. `stateMs`: when the newest state came, undefined before the first. */
export function judge({ isUp, isOnline, stateMs, nowMs }) {
  if (isUp === null) return { status: "waiting", text: "Connecting" };
  if (!isUp) return { status: "lost", text: "Connection lost" };
  if (isOnline === false) return { status: "offline", text: "Robot offline" };
  if (stateMs === undefined) return { status: "waiting", text: "Waiting for the robot" };
  const ageMs = nowMs - stateMs;
  if (ageMs <= STALE_MS) return { status: "live", text: "Live" };
  return { status: "stale", text: `Stale${Number.isFinite(ageMs) ? ` ${duration(ageMs)}` : ""}` };
}

function duration(ms) {
  const seconds = Math.floor(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
}
