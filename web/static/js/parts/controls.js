// Buttons: stop, emergency stop, explore, dock and one per room.

import { sendEstop, sendStop } from "../api.js";
import { byId, el, setText } from "../dom.js";
import { toast } from "./toast.js";

const CONFIRM_MS = 3000;

export class Controls {
  constructor(ask, expect) {
    this._ask = ask;
    this._expect = expect;
    this._isEngaged = false;
    this._confirmTimer = 0;
    this._roomsKey = "";
    this._rooms = [];
    byId("stop").addEventListener("click", () => attempt(sendStop, "Stopping"));
    byId("estop").addEventListener("click", () => this._toggleEstop());
    byId("explore").addEventListener("click", () => this._send("explore", {}, "Asked to explore"));
    byId("dock").addEventListener("click", () => this._send("dock", {}, "Asked to dock"));
  }

  show({ rooms: names, room }) {
    if (names.join("\n") !== this._roomsKey) this._rebuildRooms(names);
    this._rooms.forEach((chip) => chip.setAttribute("aria-current", String(chip.dataset.room === room)));
  }

  showEstop(isEngaged) {
    if (isEngaged === this._isEngaged) return;
    this._isEngaged = isEngaged;
    byId("estop").setAttribute("aria-pressed", String(isEngaged));
    this._endConfirmation();
  }

  _rebuildRooms(names) {
    this._roomsKey = names.join("\n");
    this._rooms.forEach((chip) => chip.remove());
    this._rooms = names.map((name) => this._chip(name));
    byId("chips").append(...this._rooms);
  }

  _chip(name) {
    const attributes = {
      class: "chip",
      type: "button",
      "aria-label": `Go to ${name}`,
      "data-room": name,
      "data-testid": `room-${name}`,
    };
    const chip = el("button", attributes, name);
    chip.addEventListener("click", () => this._send("go_to", { room: name }, `Asked to go to ${name}`));
    return chip;
  }

  async _send(type, args, words) {
    if (await this._ask(type, args)) toast(words);
  }

  /** One tap engages; a release wants a second tap, as a stray one would set the robot free. */
  _toggleEstop() {
    if (!this._isEngaged) {
      this._sendEstop(true, "Emergency stop sent");
    } else if (this._confirmTimer) {
      this._endConfirmation();
      this._sendEstop(false, "Release sent");
    } else {
      this._confirmTimer = setTimeout(() => this._endConfirmation(), CONFIRM_MS);
      this._label();
    }
  }

  _sendEstop(engaged, words) {
    attempt(async () => this._expect((await sendEstop(engaged)).id), words);
  }

  _endConfirmation() {
    clearTimeout(this._confirmTimer);
    this._confirmTimer = 0;
    this._label();
  }

  _label() {
    const engaged = this._confirmTimer ? "Tap again" : "Release";
    setText(byId("estop-text"), this._isEngaged ? engaged : "E-stop");
  }
}

async function attempt(send, words) {
  try {
    await send();
    toast(words);
  } catch (problem) {
    toast(problem.message, "bad");
  }
}
