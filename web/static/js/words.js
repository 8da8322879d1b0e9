// The robot's terms in a person's words.

const ENDINGS = {
  succeeded: "done",
  failed: "failed",
  rejected: "rejected",
  cancelled: "cancelled",
  expired: "expired",
};

/** What a task is about: "Go to the kitchen". */
export function taskTitle({ type, args = {} }) {
  if (type === "explore") return "Explore the home";
  if (type === "dock") return "Go to the dock";
  if (type === "go_to" && typeof args.room === "string") return `Go to ${args.room}`;
  if (type === "go_to" && isFinite(args.x) && isFinite(args.y)) {
    return `Go to ${args.x.toFixed(2)}, ${args.y.toFixed(2)}`;
  }
  const details = Object.entries(args).map(([name, value]) => `${name} ${value}`);
  return [type.replaceAll("_", " "), ...details].join(" ");
}

export function taskState(state) {
  return ENDINGS[state] ?? state;
}

/** "about 40 s left", "about 3 min left". */
export function timeLeft(seconds) {
  const words = seconds < 120 ? `${Math.round(seconds)} s` : `${Math.floor(seconds / 60)} min`;
  return `about ${words} left`;
}

export const percent = (share) => `${Math.round(share * 100)} %`;
export const millis = (ms) => (ms < 10 ? ms.toFixed(1) : String(Math.round(ms)));
