// Where the map lies on the screen: metres (y up) to pixels (y down) and back.

const SCALE_MIN = 4;
const SCALE_MAX = 600;

export class View {
  constructor() {
    this.width = 1;
    this.height = 1;
    this.centreX = 0;
    this.centreY = 0;
    this.scale = 50; // pixels per metre
  }

  resize(width, height) {
    this.width = width;
    this.height = height;
  }

  toScreen(x, y) {
    return [
      this.width / 2 + (x - this.centreX) * this.scale,
      this.height / 2 - (y - this.centreY) * this.scale,
    ];
  }

  toMap(px, py) {
    return [
      this.centreX + (px - this.width / 2) / this.scale,
      this.centreY - (py - this.height / 2) / this.scale,
    ];
  }

  panBy(dx, dy) {
    this.centreX -= dx / this.scale;
    this.centreY += dy / this.scale;
  }

  /** Zoom such that the point under (px, py) stays there. */
  zoomAt(px, py, factor) {
    const [x, y] = this.toMap(px, py);
    this.scale = clamp(this.scale * factor, SCALE_MIN, SCALE_MAX);
    const [qx, qy] = this.toScreen(x, y);
    this.panBy(px - qx, py - qy);
  }

  /** Show the box {xLow, yLow, xHigh, yHigh} [m] with margins {top, right, bottom, left} [px]. */
  fit(box, margin) {
    const width = Math.max(this.width - margin.left - margin.right, 50);
    const height = Math.max(this.height - margin.top - margin.bottom, 50);
    const scale = Math.min(width / (box.xHigh - box.xLow), height / (box.yHigh - box.yLow));
    this.scale = clamp(scale, SCALE_MIN, SCALE_MAX);
    this.centreX = (box.xLow + box.xHigh) / 2 + (margin.right - margin.left) / 2 / this.scale;
    this.centreY = (box.yLow + box.yHigh) / 2 + (margin.top - margin.bottom) / 2 / this.scale;
  }
}

function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}
