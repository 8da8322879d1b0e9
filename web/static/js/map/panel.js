// The map on the page: holds what is shown, redraws when something has changed, sends clicks on.

import { byId, setText } from "../dom.js";
import { toast } from "../parts/toast.js";
import { readColours } from "./colours.js";
import { listen } from "./gestures.js";
import { glide } from "./motion.js";
import { decode, knownBox, paint } from "./picture.js";
import { draw, isOver } from "./scene.js";
import { View } from "./view.js";
import { ZoneTool } from "./zone_tool.js";

const MARGIN_PX = { top: 26, right: 62, bottom: 44, left: 26 }; // the zoom buttons stand on the right
const NARROW_MARGIN_PX = { top: 20, right: 16, bottom: 40, left: 16 };
const NARROW_PX = 500;
const PENDING_MS = 3000; // how long a clicked goal is shown before the robot's own plan has it
const ZOOM_STEP = 1.4;
const EMPTY_BOX = { xLow: -3, yLow: -3, xHigh: 3, yHigh: 3 };
const SCALE_BARS_M = [0.1, 0.2, 0.5, 1, 2, 5, 10];

export class MapPanel {
  /** `ask` sends a task; `expect` is told the id of any other request. */
  constructor(ask, expect) {
    this._ask = ask;
    this._zoneTool = new ZoneTool(expect, () => this._redraw());
    this._canvas = byId("map");
    this._context = this._canvas.getContext("2d");
    this._view = new View();
    this._colours = readColours();
    this._follows = true; // until the user moves the map, it is kept in full view
    this._box = EMPTY_BOX;
    this._tool = null;
    this._revision = 0;
    this._target = null;
    this._lastMs = 0;
    this._frame = 0;
    this._scene = {
      picture: null, map: null, rooms: [], layers: [], plan: null, people: [], robot: null,
      footprint: [], isStopped: false, pending: null, ripples: [],
      zones: [], doors: [], draft: null,
    };
    this._listen();
  }

  async showMap(payload) {
    const revision = ++this._revision;
    const map = await decode(payload);
    if (revision !== this._revision) return; // a newer one has overtaken it
    this._scene.map = map;
    this._box = knownBox(map) ?? EMPTY_BOX;
    byId("map-empty").hidden = true;
    this._repaint();
    if (this._follows) this.fit();
  }

  showState(state) {
    const { pose } = state;
    this._target = { x: pose.x_m, y: pose.y_m, yaw: pose.yaw_rad, pan: state.pan_rad };
    this._scene.people = state.people;
    this._scene.footprint = state.footprint_m;
    this._redraw();
  }

  showRooms(rooms) {
    this._scene.rooms = rooms;
    this._repaint();
  }

  /** `layer`: {draw(context, view, colours)}, between the floor and what moves on it. */
  addLayer(layer) {
    this._scene.layers.push(layer);
  }

  /** `tool`: {click(x, y)}, gets the clicks [m] in place of the robot; null gives them back. */
  setTool(tool) {
    this._tool = tool;
    this._canvas.classList.toggle("tool", tool !== null);
  }

  redraw() {
    this._redraw();
  }

  showEstop(isEngaged) {
    if (isEngaged !== this._scene.isStopped) this._redraw();
    this._scene.isStopped = isEngaged;
  }

  showZones({ zones }) {
    this._scene.zones = zones;
    this._zoneTool.show(zones);
    this._redraw();
  }

  showDoors({ doors }) {
    this._scene.doors = doors;
    this._redraw();
  }

  showPlan(plan) {
    this._scene.plan = plan;
    if (plan.goal) this._scene.pending = null;
    this._redraw();
  }

  fit() {
    this._follows = true;
    this._fitView();
    this._redraw();
  }

  _fitView() {
    this._view.fit(this._box, this._view.width < NARROW_PX ? NARROW_MARGIN_PX : MARGIN_PX);
  }

  _listen() {
    new ResizeObserver(() => this._resize()).observe(this._canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this._colours = readColours();
      this._repaint();
    });
    byId("fit").addEventListener("click", () => this.fit());
    byId("zoom-in").addEventListener("click", () => this._zoomCentre(ZOOM_STEP));
    byId("zoom-out").addEventListener("click", () => this._zoomCentre(1 / ZOOM_STEP));
    listen(this._canvas, {
      pan: (dx, dy) => this._move(() => this._view.panBy(dx, dy)),
      zoom: (px, py, factor) => this._move(() => this._view.zoomAt(px, py, factor)),
      click: (px, py) => this._click(...this._view.toMap(px, py)),
      hover: (px, py) => this._showCursor(px, py),
      fit: () => this.fit(),
    });
  }

  _click(mapX, mapY) {
    const [x, y] = [mapX, mapY].map((value) => Math.round(value * 1000) / 1000);
    if (this._zoneTool.isBusy) this._zoneTool.tap(x, y, this._view.scale);
    else if (this._tool) this._tool.click(x, y);
    else this._goTo(x, y);
  }

  async _goTo(x, y) {
    this._scene.ripples.push({ x, y, startMs: performance.now() });
    this._redraw();
    if (!(await this._ask("go_to", { x, y }))) return;
    toast(`Asked to go to ${x.toFixed(2)}, ${y.toFixed(2)}`);
    const pending = { x, y };
    this._scene.pending = pending;
    setTimeout(() => {
      if (this._scene.pending === pending) this._scene.pending = null;
      this._redraw();
    }, PENDING_MS);
  }

  _move(change) {
    this._follows = false;
    change();
    this._redraw();
  }

  _zoomCentre(factor) {
    const { width, height } = this._view;
    this._move(() => this._view.zoomAt(width / 2, height / 2, factor));
  }

  _showCursor(px, py) {
    const text = px === undefined ? "" : this._view.toMap(px, py).map((m) => m.toFixed(2)).join(", ");
    setText(byId("cursor"), text && `${text} m`);
    this._zoneTool.hover(...(px === undefined ? [] : this._view.toMap(px, py)));
  }

  _resize() {
    const { clientWidth, clientHeight } = this._canvas;
    const density = window.devicePixelRatio || 1;
    this._canvas.width = Math.round(clientWidth * density);
    this._canvas.height = Math.round(clientHeight * density);
    this._view.resize(clientWidth, clientHeight);
    if (this._follows) this._fitView();
    this._redraw();
  }

  _repaint() {
    const { map, rooms } = this._scene;
    if (map) this._scene.picture = paint(map, rooms, this._colours);
    this._redraw();
  }

  _redraw() {
    if (!this._frame) this._frame = requestAnimationFrame((nowMs) => this._draw(nowMs));
  }

  _draw(nowMs) {
    this._frame = 0;
    const elapsedMs = Math.min(nowMs - this._lastMs, 100);
    this._lastMs = nowMs;
    const scene = this._scene;
    scene.draft = this._zoneTool.draft;
    if (this._target) scene.robot = glide(scene.robot, this._target, elapsedMs);
    scene.ripples = scene.ripples.filter((ripple) => !isOver(ripple, performance.now()));
    const density = window.devicePixelRatio || 1;
    this._context.setTransform(density, 0, 0, density, 0, 0);
    draw(this._context, this._view, scene, this._colours, performance.now());
    this._describe();
    if (scene.ripples.length || scene.robot !== this._target) this._redraw();
  }

  /** Says in the page where the map lies: the scale bar, and figures for tests and scripts. */
  _describe() {
    const { scale, centreX, centreY } = this._view;
    const bar = SCALE_BARS_M.find((length) => length * scale > 44) ?? SCALE_BARS_M.at(-1);
    byId("scale").style.width = `${bar * scale}px`;
    setText(byId("scale"), `${bar} m`);
    Object.assign(this._canvas.dataset, { scalePxM: scale, centreXM: centreX, centreYM: centreY });
  }
}
