// Fingers, mouse and keys on the map: drag to pan, wheel or pinch to zoom, a still tap is a click.

const SLOP_PX = { mouse: 4, pen: 8, touch: 10 };
const TAP_MS = 600;
const KEY_PAN_PX = 60;
const KEY_PANS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const KEY_ZOOMS = { "+": 1.25, "=": 1.25, "-": 0.8 };

/** `on`: {pan(dx, dy), zoom(px, py, factor), click(px, py), hover(px, py) or hover(), fit()}. */
export function listen(canvas, on) {
  const fingers = new Map();
  let press = null; // {x, y, timeMs, slop}, null once it cannot become a click

  const at = (event) => [event.offsetX, event.offsetY];

  canvas.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    const [x, y] = at(event);
    fingers.set(event.pointerId, { x, y });
    const slop = SLOP_PX[event.pointerType] ?? 8;
    press = fingers.size === 1 ? { x, y, timeMs: event.timeStamp, slop } : null;
  });

  canvas.addEventListener("pointermove", (event) => {
    const finger = fingers.get(event.pointerId);
    const [x, y] = at(event);
    if (!finger) return on.hover(x, y);
    if (press && Math.hypot(x - press.x, y - press.y) <= press.slop) return undefined;
    press = null;
    canvas.classList.add("dragging");
    if (fingers.size === 1) on.pan(x - finger.x, y - finger.y);
    else pinch(fingers, finger, x, y);
    finger.x = x;
    finger.y = y;
    return undefined;
  });

  const pinch = (all, moving, x, y) => {
    const other = [...all.values()].find((finger) => finger !== moving);
    const before = Math.hypot(moving.x - other.x, moving.y - other.y);
    const after = Math.hypot(x - other.x, y - other.y);
    on.pan((x - moving.x) / 2, (y - moving.y) / 2);
    if (before > 10) on.zoom((x + other.x) / 2, (y + other.y) / 2, after / before);
  };

  const release = (event, isTap) => {
    fingers.delete(event.pointerId);
    canvas.classList.toggle("dragging", fingers.size > 0 && !press);
    if (isTap && press && event.timeStamp - press.timeMs < TAP_MS) on.click(press.x, press.y);
    press = null;
  };
  canvas.addEventListener("pointerup", (event) => fingers.has(event.pointerId) && release(event, true));
  canvas.addEventListener("pointercancel", (event) => release(event, false));
  canvas.addEventListener("pointerleave", () => on.hover());

  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const step = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 16 : event.deltaY;
    const gain = event.ctrlKey ? 0.01 : 0.0016; // a pinch on a touchpad comes as a wheel with ctrl
    on.zoom(...at(event), Math.exp(-step * gain));
  }, { passive: false });

  canvas.addEventListener("keydown", (event) => {
    const pan = KEY_PANS[event.key];
    const zoom = KEY_ZOOMS[event.key];
    if (pan) on.pan(pan[0] * KEY_PAN_PX, pan[1] * KEY_PAN_PX);
    else if (zoom) on.zoom(canvas.clientWidth / 2, canvas.clientHeight / 2, zoom);
    else if (event.key === "0") on.fit();
    else return;
    event.preventDefault();
  });
}
