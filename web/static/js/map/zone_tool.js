// Drawing and deleting zones on the map: choose a kind, tap its corners, tap the last one again.

import { deleteZone, setZone } from "../api.js";
import { byId } from "../dom.js";
import { toast } from "../parts/toast.js";
import { KINDS, zoneAt } from "./zones.js";

const CLOSE_PX = 14; // a tap so near to a corner ends the drawing
const ENOUGH = { polygon: 3, line: 2, arrow: 2 };

export class ZoneTool {
  /** `onChange()` is called when the map is to be drawn again. */
  constructor(expect, onChange) {
    this._expect = expect;
    this._onChange = onChange;
    this.draft = null; // {kind, points, at} while one is drawn
    this._isDeleting = false;
    this._zones = [];
    for (const button of byId("zone-tools").querySelectorAll("button[data-kind]")) {
      button.addEventListener("click", () => this._choose(button.dataset.kind));
    }
    document.addEventListener("keydown", (event) => event.key === "Escape" && this._choose(null));
  }

  show(zones) {
    this._zones = zones;
  }

  get isBusy() {
    return this.draft !== null || this._isDeleting;
  }

  hover(x, y) {
    if (!this.draft?.points.length) return;
    this.draft.at = x === undefined ? null : [x, y];
    this._onChange();
  }

  /** A tap at a point of the map; `scale` is in pixels per metre. */
  tap(x, y, scale) {
    if (this._isDeleting) {
      this._delete(zoneAt(this._zones, x, y, CLOSE_PX / scale));
      return;
    }
    const { points, kind } = this.draft;
    const { shape } = KINDS[kind];
    const isEnd = points.some(([px, py]) => Math.hypot(px - x, py - y) * scale < CLOSE_PX);
    if (!isEnd) points.push([x, y].map((value) => Math.round(value * 1000) / 1000));
    if (points.length >= ENOUGH[shape] && (isEnd || shape === "arrow")) this._finish();
    else this._onChange();
  }

  _choose(choice) {
    const isSame = choice === (this._isDeleting ? "delete" : this.draft?.kind);
    const next = isSame ? null : choice;
    this._isDeleting = next === "delete";
    this.draft = next && !this._isDeleting ? { kind: next, points: [], at: null } : null;
    for (const button of byId("zone-tools").querySelectorAll("button[data-kind]")) {
      button.setAttribute("aria-pressed", button.dataset.kind === next);
    }
    if (this.draft) toast("Tap the corners on the map; tap a corner again to end. Esc leaves off");
    if (this._isDeleting) toast("Tap a zone to delete it");
    this._onChange();
  }

  async _finish() {
    const { kind, points } = this.draft;
    this._choose(null);
    const name = this._freeName(KINDS[kind].words.toLowerCase());
    await this._send(() => setZone({ name, kind, points_m: points }), `${KINDS[kind].words}: drawn`);
  }

  async _delete(zone) {
    this._choose(null);
    if (zone) await this._send(() => deleteZone(zone.name), `${zone.name}: deleted`);
  }

  async _send(ask, words) {
    try {
      this._expect((await ask()).id);
      toast(words);
    } catch (problem) {
      toast(problem.message, "bad");
    }
  }

  _freeName(words) {
    const taken = new Set(this._zones.map((zone) => zone.name.toLowerCase()));
    let number = 1;
    while (taken.has(`${words} ${number}`)) number += 1;
    return `${words} ${number}`;
  }
}
