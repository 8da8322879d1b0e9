// Wires the page: messages from the live connection go to the parts, gestures and buttons to the API.

import { sendTask } from "./api.js";
import { BodyWord } from "./body_word.js";
import { byId, setText } from "./dom.js";
import { judge } from "./freshness.js";
import { Link } from "./link.js";
import { MapPanel } from "./map/panel.js";
import { Controls } from "./parts/controls.js";
import { Health } from "./parts/health.js";
import { Now } from "./parts/now.js";
import { RoomEditor } from "./parts/rooms.js";
import { showTasks } from "./parts/tasks.js";
import { toast } from "./parts/toast.js";
import { Tree } from "./parts/tree.js";
import { showVitals } from "./parts/vitals.js";
import { Replies } from "./replies.js";

const BADGE_PERIOD_MS = 200;

const replies = new Replies((text) => toast(text, "bad"));
const ask = async (type, args) => {
  try {
    replies.expect((await sendTask(type, args)).id);
    return true;
  } catch (problem) {
    toast(problem.message, "bad");
    return false;
  }
};
const map = new MapPanel(ask, (id) => replies.expect(id));
const rooms = new RoomEditor(map);
const controls = new Controls(ask, (id) => replies.expect(id));
const now = new Now();
const health = new Health();
const tree = new Tree();
const body = new BodyWord();
let isOnline;
let state = null;
let stateMs;
let processFaults = [];

/** What rests on both brain and body, and on how long ago they spoke. */
function showHeld() {
  const isEngaged = body.isEngaged(state);
  now.showAlarm(isEngaged, body.stopReason(state));
  controls.showEstop(isEngaged);
  map.showEstop(isEngaged);
  health.show(state, body.newest, processFaults);
}

const handlers = {
  state(payload, receivedMs) {
    state = payload;
    stateMs = receivedMs;
    now.show(state);
    showVitals(state);
    controls.show(state);
    showTasks(state);
    map.showState(state);
    showHeld();
  },
  body(payload, receivedMs) {
    body.hear(payload, receivedMs);
    showHeld();
  },
  processes(payload) {
    processFaults = payload.faults;
    showHeld();
  },
  map: (payload) => map.showMap(payload),
  plan: (payload) => map.showPlan(payload),
  tree: (payload) => tree.show(payload),
  zones: (payload) => map.showZones(payload),
  doors: (payload) => map.showDoors(payload),
  rooms(payload) {
    map.showRooms(payload.rooms);
    rooms.show(payload);
  },
  rooms_event: (event) => rooms.hear(event),
  task_event: (event) => replies.hear(event),
  zone_event: (event) => replies.hear(event),
  estop_event: (event) => replies.hear(event),
  availability(payload) {
    isOnline = payload.online;
  },
};

const badge = byId("badge");
const showBadge = () => {
  const { status, text } = judge({ isUp: link.isUp, isOnline, stateMs, nowMs: performance.now() });
  badge.dataset.status = status;
  document.body.dataset.status = status;
  setText(badge, text);
};
const link = new Link((channel, data, receivedMs) => {
  handlers[channel]?.(data, receivedMs);
  showBadge();
}, () => showBadge());
setInterval(() => {
  showBadge();
  showHeld();
}, BADGE_PERIOD_MS);
