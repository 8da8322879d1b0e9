// The robot's screen in small: one drawing per face, with eyes that follow the head.

import { svg } from "../dom.js";

const SHIFT_PX = { pan: 7, tilt: 9 };

// Paths for left eye, right eye and mouth in a box of 96 x 68.
const FACES = {
  neutral: ["M34 24v9", "M62 24v9", "M41 47q7 4 14 0"],
  happy: ["M27 31q7 -10 14 0", "M55 31q7 -10 14 0", "M36 44q12 12 24 0"],
  thinking: ["M36 20v7", "M64 18v9", "M44 48h11"],
  listening: ["M34 22v13", "M62 22v13", "M44 49a4.5 3 0 1 0 8 0a4.5 3 0 1 0 -8 0"],
  asking: ["M34 24v9M28 14q6 -4 12 -1", "M62 23v11M56 12q6 -5 12 1", "M43 49a5 4 0 1 0 10 0a5 4 0 1 0 -10 0"],
  worried: ["M34 27v7M27 19l12 -5", "M62 27v7M69 19l-12 -5", "M39 50q9 -7 18 0"],
  asleep: ["M26 30q8 6 16 0", "M54 30q8 6 16 0", "M43 47h10"],
};

export class Face {
  constructor(container) {
    this._container = container;
    this._paths = ["eye", "eye", "mouth"].map((name) => svg("path", { class: name }));
    this._gaze = svg("g", { class: "gaze" }, ...this._paths);
    container.append(svg("svg", { viewBox: "0 0 96 68", "aria-hidden": "true" }, this._gaze));
    this.show("neutral", 0, 0);
  }

  /** The screen is seen from the front, so the robot's left (pan > 0) is on the right. */
  show(face, pan, tilt) {
    const shift = [pan * SHIFT_PX.pan, -tilt * SHIFT_PX.tilt];
    this._gaze.style.transform = `translate(${shift[0].toFixed(1)}px, ${shift[1].toFixed(1)}px)`;
    if (this._container.dataset.face === face) return;
    this._container.dataset.face = face;
    this._container.setAttribute("aria-label", `Face: ${face}`);
    const drawing = FACES[face] ?? FACES.neutral;
    this._paths.forEach((path, i) => path.setAttribute("d", drawing[i]));
  }
}
