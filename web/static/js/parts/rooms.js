// Editing rooms on the map: pick one, then name it, merge it with its neighbour, or split it by a line.

import { sendRoomEdit } from "../api.js";
import { byId, setText } from "../dom.js";
import { RoomsLayer } from "../map/rooms_layer.js";
import { Replies } from "../replies.js";
import { toast } from "./toast.js";

const HINTS = {
  pick: "Tap a room on the map.",
  named: "Give it a name, merge it or split it.",
  merge: "Tap the room to merge it with.",
  split: "Tap where the split begins.",
  "split-end": "Tap where it ends; it goes on to the walls.",
};

export class RoomEditor {
  /** `map`: the map panel, which lends its clicks and draws the layer. */
  constructor(map) {
    this._map = map;
    this._layer = new RoomsLayer();
    this._replies = new Replies((text) => toast(text, "bad"), toast);
    this._rooms = [];
    this._step = null; // a key of HINTS while editing
    map.addLayer(this._layer);
    byId("rooms-edit").addEventListener("click", () => (this._step ? this._end() : this._begin()));
    byId("room-form").addEventListener("submit", (event) => this._rename(event));
    byId("room-merge").addEventListener("click", () => this._go("merge"));
    byId("room-split").addEventListener("click", () => this._go("split"));
    byId("room-done").addEventListener("click", () => this._end());
    document.addEventListener("keydown", (event) => event.key === "Escape" && this._step && this._end());
  }

  /** `payload`: what the robot tells of its rooms. */
  show({ rooms, doorways }) {
    this._rooms = rooms;
    this._layer.doorways = doorways;
    if (!this._picked() && this._layer.picked !== null) this._pick(null);
    this._redraw();
  }

  hear(event) {
    this._replies.hear(event);
  }

  /** A click on the map [m] while editing. */
  click(x, y) {
    if (this._step === "split") {
      this._layer.line = [[x, y]];
      return this._go("split-end");
    }
    if (this._step === "split-end") {
      const line = [this._layer.line[0], [x, y]];
      return this._send({ op: "split", room: this._layer.picked, line_m: line });
    }
    const room = this._roomAt(x, y);
    if (this._step === "merge" && room) {
      return this._send({ op: "merge", room: this._layer.picked, other: room.name });
    }
    return this._pick(room?.name ?? null);
  }

  _begin() {
    this._map.setTool(this);
    this._pick(null);
  }

  _end() {
    this._step = null;
    this._layer.picked = null;
    this._map.setTool(null);
    this._redraw();
  }

  _pick(name) {
    this._layer.picked = name;
    byId("room-name").value = name ?? "";
    this._go(name === null ? "pick" : "named");
  }

  _go(step) {
    this._step = step;
    if (step !== "split-end") this._layer.line = [];
    this._redraw();
  }

  _rename(event) {
    event.preventDefault();
    const name = byId("room-name").value.trim();
    if (name && name !== this._layer.picked) this._send({ op: "rename", room: this._layer.picked, name });
  }

  async _send(edit) {
    this._pick(null);
    try {
      this._replies.expect((await sendRoomEdit(edit)).id);
    } catch (problem) {
      toast(problem.message, "bad");
    }
  }

  _picked() {
    return this._rooms.find(({ name }) => name === this._layer.picked);
  }

  /** The smallest room found at a place: outlines may lie in one another. */
  _roomAt(x, y) {
    const holding = this._rooms.filter((room) => room.is_found && isInside(room.outline_m, x, y));
    return holding.sort((a, b) => a.area_m2 - b.area_m2)[0];
  }

  _redraw() {
    const isEditing = this._step !== null;
    this._layer.rooms = isEditing ? this._rooms : [];
    if (!isEditing) this._layer.line = [];
    byId("rooms-edit").setAttribute("aria-pressed", String(isEditing));
    byId("room-card").hidden = !isEditing;
    byId("chips").hidden = isEditing;
    byId("room-form").hidden = this._step !== "named";
    setText(byId("room-hint"), HINTS[this._step] ?? "");
    this._map.redraw();
  }
}

/** Whether a point lies in a polygon: the number of edges to its right is odd. */
function isInside(outline, x, y) {
  let isIn = false;
  outline.forEach(([ax, ay], index) => {
    const [bx, by] = outline.at(index - 1);
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) isIn = !isIn;
  });
  return isIn;
}
