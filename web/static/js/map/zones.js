// The zones that the user has drawn, and the doors: a layer of the map, and the words for each kind.

export const KINDS = {
  keep_out: { words: "Keep out", shape: "polygon" },
  slow: { words: "Slow", shape: "polygon" },
  keep_side: { words: "Keep right", shape: "polygon" },
  wall: { words: "Virtual wall", shape: "line" },
  one_way: { words: "One way", shape: "arrow" },
};
const HATCH_PX = 9;
const ARROW_PX = 10;

export function drawZones(context, view, zones, colours) {
  for (const zone of zones) {
    const points = zone.points_m.map(([x, y]) => view.toScreen(x, y));
    const colour = zone.kind === "keep_out" || zone.kind === "wall" ? colours.stop : colours.zone;
    context.save();
    if (KINDS[zone.kind].shape === "polygon") drawArea(context, points, zone.kind, colour);
    else if (zone.kind === "wall") drawWall(context, points, colour);
    else drawOneWay(context, points, zone.width_m * view.scale, colour);
    context.restore();
  }
}

/** What is being drawn: its corners so far, and where the pointer is. */
export function drawDraft(context, view, draft, colours) {
  const points = draft.points.map(([x, y]) => view.toScreen(x, y));
  if (draft.at) points.push(view.toScreen(...draft.at));
  context.save();
  context.strokeStyle = colours.accent;
  context.lineWidth = 2;
  context.setLineDash([5, 4]);
  trace(context, points);
  if (KINDS[draft.kind].shape === "polygon" && points.length > 2) context.closePath();
  context.stroke();
  context.setLineDash([]);
  context.fillStyle = colours.accent;
  points.forEach(([x, y]) => context.fillRect(x - 3, y - 3, 6, 6));
  context.restore();
}

/** A bar across each doorway: green where it was open, red where it was shut. */
export function drawDoors(context, view, doors, colours) {
  for (const door of doors) {
    if (door.is_open === null) continue;
    const [[ax, ay], [bx, by]] = door.ends_m.map(([x, y]) => view.toScreen(x, y));
    context.save();
    context.strokeStyle = door.is_open ? colours.doorOpen : colours.stop;
    context.globalAlpha = door.is_open ? 0.55 : 0.9;
    context.lineWidth = door.is_open ? 2 : 4;
    if (door.is_open) context.setLineDash([2, 4]);
    context.beginPath();
    context.moveTo(ax, ay);
    context.lineTo(bx, by);
    context.stroke();
    context.restore();
  }
}

/** The zone under a point of the map, the last drawn first; null where there is none. */
export function zoneAt(zones, x, y, reachM) {
  return [...zones].reverse().find((zone) => isAt(zone, x, y, reachM)) ?? null;
}

function isAt(zone, x, y, reachM) {
  if (KINDS[zone.kind].shape === "polygon" && isInside(zone.points_m, x, y)) return true;
  return zone.points_m.slice(1).some((b, i) => distance(zone.points_m[i], b, x, y) < reachM);
}

function isInside(points, x, y) {
  let inside = false;
  points.forEach(([ax, ay], i) => {
    const [bx, by] = points[(i + 1) % points.length];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  });
  return inside;
}

function distance([ax, ay], [bx, by], x, y) {
  const length2 = (bx - ax) ** 2 + (by - ay) ** 2 || 1e-12;
  const share = Math.min(Math.max(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length2, 0), 1);
  return Math.hypot(ax + share * (bx - ax) - x, ay + share * (by - ay) - y);
}

function drawArea(context, points, kind, colour) {
  trace(context, points);
  context.closePath();
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.setLineDash(kind === "keep_out" ? [] : [6, 4]);
  context.stroke();
  context.globalAlpha = 0.12;
  context.fillStyle = colour;
  context.fill();
  if (kind !== "keep_out") return;
  context.clip();
  context.globalAlpha = 0.35;
  hatch(context, points);
}

function hatch(context, points) {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  context.beginPath();
  for (let x = left - (bottom - top); x < right; x += HATCH_PX) {
    context.moveTo(x, bottom);
    context.lineTo(x + bottom - top, top);
  }
  context.stroke();
}

function drawWall(context, points, colour) {
  context.strokeStyle = colour;
  context.lineWidth = 3;
  context.setLineDash([8, 4]);
  trace(context, points);
  context.stroke();
}

function drawOneWay(context, [[ax, ay], [bx, by]], width, colour) {
  const angle = Math.atan2(by - ay, bx - ax);
  const [mx, my] = [(ax + bx) / 2, (ay + by) / 2];
  const [nx, ny] = [(-Math.sin(angle) * width) / 2, (Math.cos(angle) * width) / 2];
  context.strokeStyle = colour;
  context.lineWidth = 2.5;
  context.beginPath();
  context.moveTo(ax, ay);
  context.lineTo(bx, by);
  for (const turn of [2.6, -2.6]) {
    context.moveTo(bx, by);
    context.lineTo(bx + ARROW_PX * Math.cos(angle + turn), by + ARROW_PX * Math.sin(angle + turn));
  }
  context.stroke();
  context.setLineDash([3, 3]);
  context.beginPath();
  context.moveTo(mx + nx, my + ny);
  context.lineTo(mx - nx, my - ny);
  context.stroke();
}

function trace(context, points) {
  context.beginPath();
  points.forEach(([x, y]) => context.lineTo(x, y));
}
