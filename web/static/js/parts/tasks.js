// Tasks: the one under way, those that wait, and what became of the latest, with the robot's reasons.

import { byId, el, makeList } from "../dom.js";
import { taskState, taskTitle, timeLeft } from "../words.js";

const N_RECENT = 6;
const MARKS = { active: "▸", queued: "·", good: "✓", bad: "✕", ended: "–" };
const KINDS = {
  accepted: "queued",
  queued: "queued",
  paused: "queued",
  running: "active",
  succeeded: "good",
  failed: "bad",
  rejected: "bad",
};

const show = makeList(byId("task-list"), (task) => (task ? row(task) : emptyRow()));

export function showTasks({ task, queue, recent }) {
  const all = [...(task ? [task] : []), ...queue, ...recent.slice(0, N_RECENT)];
  show(all.length ? all : [null]);
}

function row(task) {
  const kind = KINDS[task.state] ?? "ended";
  return el(
    "li",
    { class: "task", "data-kind": kind, "data-state": task.state },
    el("span", { class: "task-mark", "aria-hidden": "true" }, MARKS[kind]),
    el("span", { class: "task-title" }, taskTitle(task)),
    el("span", { class: "task-state" }, stateOf(task, kind)),
    ...(task.reason ? [el("span", { class: "task-reason" }, task.reason)] : []),
    ...(kind === "active" && task.progress !== null ? [progressBar(task.progress)] : []),
  );
}

function stateOf({ state, time_left_s: left }, kind) {
  return kind === "active" && left != null ? timeLeft(left) : taskState(state);
}

function progressBar(progress) {
  const bar = el("i");
  bar.style.setProperty("--done", progress);
  return el(
    "span",
    {
      class: "task-progress",
      role: "progressbar",
      "aria-label": "Progress",
      "aria-valuemin": 0,
      "aria-valuemax": 100,
      "aria-valuenow": Math.round(progress * 100),
    },
    bar,
  );
}

function emptyRow() {
  return el("li", { class: "task empty" }, "Nothing to do. Tap the map to send the robot somewhere.");
}
