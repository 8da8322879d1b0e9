// Draws the doorways, and while rooms are edited their outlines, the picked one and the line of a split.

const JAMB_PX = 3.5;

export class RoomsLayer {
  constructor() {
    this.doorways = [];
    this.rooms = []; // outlined while they are edited
    this.picked = null; // name
    this.line = []; // points [m] of a split so far
  }

  draw(context, view, colours) {
    context.lineCap = "round";
    context.lineJoin = "round";
    for (const { a_m: a, b_m: b } of this.doorways) drawDoorway(context, view, a, b, colours);
    for (const room of this.rooms) {
      const isPicked = room.name === this.picked;
      path(context, view, room.outline_m);
      context.closePath();
      context.setLineDash(room.is_found ? [] : [3, 5]);
      context.strokeStyle = isPicked ? colours.accent : colours.label;
      context.lineWidth = isPicked ? 3 : 1;
      context.stroke();
    }
    context.setLineDash([]);
    if (this.line.length) drawLine(context, view, this.line, colours);
  }
}

/** A light sill with the two jambs at its ends. */
function drawDoorway(context, view, a, b, colours) {
  path(context, view, [a, b]);
  context.strokeStyle = colours.label;
  context.globalAlpha = 0.45;
  context.lineWidth = 2;
  context.setLineDash([2, 4]);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
  context.fillStyle = colours.label;
  for (const point of [a, b]) dot(context, view, point, JAMB_PX / 2);
}

function drawLine(context, view, line, colours) {
  path(context, view, line);
  context.strokeStyle = colours.stop;
  context.lineWidth = 2.5;
  context.stroke();
  context.fillStyle = colours.stop;
  line.forEach((point) => dot(context, view, point, JAMB_PX));
}

function path(context, view, points) {
  context.beginPath();
  points.forEach(([x, y]) => context.lineTo(...view.toScreen(x, y)));
}

function dot(context, view, [x, y], radius) {
  context.beginPath();
  context.arc(...view.toScreen(x, y), radius, 0, 2 * Math.PI);
  context.fill();
}
