// Draws the map and all that stands or moves on it, bottom layer first. Lengths are metres of the map.

import { drawDoors, drawDraft, drawZones } from "./zones.js";

const PERSON_RADIUS_M = 0.25;
const WEDGE_LENGTH_M = 1.3;
const WEDGE_HALF_RAD = 0.45;
const ARROW_S = 1.0; // a person's arrow ends where they will be this much later
const RIPPLE_MS = 900;
const HALO_PX = 11; // so that the robot is found on a small map

/** `scene`: {picture, map, zones, doors, rooms, layers, plan, people, robot, footprint, pending, draft, ripples}. */
export function draw(context, view, scene, colours, nowMs) {
  context.clearRect(0, 0, view.width, view.height);
  drawGrid(context, view, colours);
  if (scene.picture) drawPicture(context, view, scene);
  drawZones(context, view, scene.zones, colours);
  drawDoors(context, view, scene.doors, colours);
  scene.layers.forEach((layer) => layer.draw(context, view, colours));
  drawRoomNames(context, view, scene, colours);
  if (scene.plan) drawPlan(context, view, scene.plan, colours);
  const goal = scene.plan?.goal ?? scene.pending;
  if (goal) drawGoal(context, view, goal, colours);
  scene.people.forEach((person) => drawPerson(context, view, person, colours));
  if (scene.robot) drawRobot(context, view, scene, colours);
  if (scene.draft) drawDraft(context, view, scene.draft, colours);
  scene.ripples.forEach((ripple) => drawRipple(context, view, ripple, colours, nowMs));
}

export function isOver(ripple, nowMs) {
  return nowMs - ripple.startMs > RIPPLE_MS;
}

function drawGrid(context, view, colours) {
  if (view.scale < 14) return;
  const [xLow, yHigh] = view.toMap(0, 0);
  const [xHigh, yLow] = view.toMap(view.width, view.height);
  context.fillStyle = colours.grid;
  for (let x = Math.ceil(xLow); x <= xHigh; x++) {
    for (let y = Math.ceil(yLow); y <= yHigh; y++) {
      const [px, py] = view.toScreen(x, y);
      context.fillRect(px - 1, py - 1, 2, 2);
    }
  }
}

function drawPicture(context, view, { picture, map }) {
  const [left, top] = view.toScreen(map.xLow, map.yHigh);
  const [right, bottom] = view.toScreen(map.xHigh, map.yLow);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, left, top, right - left, bottom - top);
}

/** A name steps aside where the robot would stand on it. */
function drawRoomNames(context, view, { rooms, robot }, colours) {
  const [robotX, robotY] = robot ? view.toScreen(robot.x, robot.y) : [-1e6, -1e6];
  context.font = "600 12.5px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  for (const room of rooms) {
    const name = room.name.charAt(0).toUpperCase() + room.name.slice(1);
    const [x, labelY] = view.toScreen(room.label_x_m, room.label_y_m);
    const reach = context.measureText(name).width / 2 + 0.3 * view.scale;
    const isUnder = Math.abs(robotX - x) < reach && Math.abs(robotY - labelY) < 0.3 * view.scale + 8;
    const y = isUnder ? robotY + 0.35 * view.scale + 14 : labelY;
    context.strokeStyle = colours.free;
    context.lineWidth = 4;
    context.strokeText(name, x, y);
    context.fillStyle = colours.label;
    context.fillText(name, x, y);
  }
}

function drawPlan(context, view, plan, colours) {
  context.lineCap = "round";
  context.lineJoin = "round";
  const worstFirst = [...plan.candidates].sort((a, b) => b.rank - a.rank);
  for (const { points_m: points, rank } of worstFirst) {
    context.globalAlpha = 0.8 - 0.3 * rank;
    stroke(context, view, points, rankColour(rank, colours), 1.6 - 0.4 * rank);
  }
  context.globalAlpha = 1;
  context.setLineDash([1, 7]);
  stroke(context, view, plan.path_m, colours.path, 3);
  context.setLineDash([]);
  stroke(context, view, plan.chosen_m, colours.free, 7);
  stroke(context, view, plan.chosen_m, colours.chosen, 4);
}

/** Green for the best, over yellow, to red for the worst. */
function rankColour(rank, colours) {
  return `hsl(${140 - 136 * rank} 72% ${colours.candidateLightness})`;
}

function drawGoal(context, view, goal, colours) {
  const [x, y] = view.toScreen(goal.x ?? goal.x_m, goal.y ?? goal.y_m);
  context.save();
  context.translate(x, y);
  context.fillStyle = colours.chosen;
  context.strokeStyle = colours.free;
  context.lineWidth = 2;
  context.beginPath(); // a pin whose tip is the goal
  context.arc(0, -17, 9, Math.PI * 0.85, Math.PI * 0.15);
  context.quadraticCurveTo(5, -7, 0, 0);
  context.quadraticCurveTo(-5, -7, -9 * Math.cos(Math.PI * 0.15), -17 + 9 * Math.sin(Math.PI * 0.15));
  context.fill();
  context.stroke();
  context.fillStyle = colours.free;
  disc(context, 0, -17, 3.4);
  context.restore();
}

function drawPerson(context, view, person, colours) {
  const [x, y] = view.toScreen(person.x_m, person.y_m);
  const radius = PERSON_RADIUS_M * view.scale;
  context.globalAlpha = 0.9;
  context.fillStyle = colours.person;
  if (person.facing_rad !== null) drawNose(context, x, y, radius, person.facing_rad);
  disc(context, x, y, radius);
  context.globalAlpha = 1;
  context.strokeStyle = colours.free;
  context.lineWidth = 1.5;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
  if (Math.hypot(person.vx_m_s, person.vy_m_s) > 0.1) drawArrow(context, view, person, colours);
}

function drawNose(context, x, y, radius, facing) {
  const point = (angle, length) => [x + length * Math.cos(angle), y - length * Math.sin(angle)];
  context.beginPath();
  context.moveTo(...point(facing, radius * 1.5));
  context.lineTo(...point(facing + 0.5, radius));
  context.lineTo(...point(facing - 0.5, radius));
  context.fill();
}

function drawArrow(context, view, person, colours) {
  const [x0, y0] = view.toScreen(person.x_m, person.y_m);
  const [x1, y1] = view.toScreen(
    person.x_m + person.vx_m_s * ARROW_S,
    person.y_m + person.vy_m_s * ARROW_S,
  );
  const angle = Math.atan2(y1 - y0, x1 - x0);
  const barb = (turn) => [x1 - 8 * Math.cos(angle + turn), y1 - 8 * Math.sin(angle + turn)];
  context.strokeStyle = colours.person;
  context.lineWidth = 2.5;
  context.lineCap = "round";
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.moveTo(...barb(0.5));
  context.lineTo(x1, y1);
  context.lineTo(...barb(-0.5));
  context.stroke();
}

function drawRobot(context, view, { robot, footprint, isStopped }, colours) {
  const [x, y] = view.toScreen(robot.x, robot.y);
  context.save();
  context.translate(x, y);
  context.rotate(-robot.yaw);
  drawGaze(context, view, robot.pan, colours);
  context.fillStyle = withAlpha(isStopped ? colours.stop : colours.accent, 0.3);
  disc(context, 0, 0, HALO_PX);
  context.scale(view.scale, -view.scale);
  context.lineJoin = "round";
  context.beginPath();
  footprint.forEach(([px, py]) => context.lineTo(px, py));
  context.closePath();
  context.fillStyle = isStopped ? colours.stop : colours.accent;
  context.strokeStyle = colours.free;
  context.lineWidth = 4 / view.scale;
  context.stroke();
  context.fill();
  drawNoseOfRobot(context, footprint, colours);
  context.restore();
}

/** Which end is the front, at any zoom. */
function drawNoseOfRobot(context, footprint, colours) {
  const front = Math.max(...footprint.map(([px]) => px));
  context.strokeStyle = colours.free;
  context.lineWidth = 0.045;
  context.lineCap = "round";
  context.beginPath();
  context.moveTo(front * 0.35, 0.06);
  context.lineTo(front * 0.68, 0);
  context.lineTo(front * 0.35, -0.06);
  context.stroke();
}

/** The wedge of what the head looks at; drawn in the robot's frame, pixels, y down. */
function drawGaze(context, view, pan, colours) {
  const radius = Math.max(WEDGE_LENGTH_M * view.scale, 34);
  const gradient = context.createRadialGradient(0, 0, 0, 0, 0, radius);
  gradient.addColorStop(0, withAlpha(colours.accent, 0.55));
  gradient.addColorStop(1, withAlpha(colours.accent, 0));
  context.fillStyle = gradient;
  context.beginPath();
  context.moveTo(0, 0);
  context.arc(0, 0, radius, -pan - WEDGE_HALF_RAD, -pan + WEDGE_HALF_RAD);
  context.fill();
}

function drawRipple(context, view, ripple, colours, nowMs) {
  const share = Math.min((nowMs - ripple.startMs) / RIPPLE_MS, 1);
  const [x, y] = view.toScreen(ripple.x, ripple.y);
  context.strokeStyle = colours.accent;
  context.globalAlpha = 1 - share;
  context.lineWidth = 3 * (1 - share) + 1;
  for (const delay of [0, 0.25]) {
    const grown = Math.max(share - delay, 0);
    context.beginPath();
    context.arc(x, y, 6 + 34 * Math.sqrt(grown), 0, 2 * Math.PI);
    context.stroke();
  }
  context.globalAlpha = 1;
}

function stroke(context, view, points, colour, width) {
  if (points.length < 2) return;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  points.forEach(([x, y]) => context.lineTo(...view.toScreen(x, y)));
  context.stroke();
}

function disc(context, x, y, radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

function withAlpha(hex, alpha) {
  return `${hex}${Math.round(alpha * 255).toString(16).padStart(2, "0")}`;
}
