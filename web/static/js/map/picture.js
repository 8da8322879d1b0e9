// The occupancy picture in the page's colours: free floor tinted by room, walls with smooth edges.

const OVERSAMPLING = 3; // pixels per cell side
const CELLS_MAX = 1_500_000; // above it, no oversampling: the picture would be too large for a phone
const OCCUPIED_BELOW = 64;
const FREE_ABOVE = 192;
const HUES = [210, 28, 150, 265, 340, 90, 185, 50];

/** Decode a map message into its greys; row 0 is the highest y. */
export async function decode(payload) {
  const bytes = Uint8Array.from(atob(payload.png_base64), (char) => char.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const context = canvasOf(bitmap.width, bitmap.height).getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  const grey = new Uint8Array(bitmap.width * bitmap.height);
  for (let i = 0; i < grey.length; i++) grey[i] = data[4 * i];
  return { ...placeOf(payload), grey, nCols: bitmap.width, nRows: bitmap.height };
}

function placeOf({ origin_x_m: x, origin_y_m: y, resolution_m: resolution, n_rows: nRows, n_cols: nCols }) {
  return { resolution, xLow: x, yLow: y, xHigh: x + nCols * resolution, yHigh: y + nRows * resolution };
}

/** The box [m] around all that is known, or null where nothing is. */
export function knownBox(map) {
  let [left, right, top, bottom] = [map.nCols, -1, map.nRows, -1];
  for (let row = 0, i = 0; row < map.nRows; row++) {
    for (let col = 0; col < map.nCols; col++, i++) {
      if (map.grey[i] >= OCCUPIED_BELOW && map.grey[i] <= FREE_ABOVE) continue;
      if (col < left) left = col;
      if (col > right) right = col;
      if (row < top) top = row;
      if (row > bottom) bottom = row;
    }
  }
  if (right < 0) return null;
  const x = (col) => map.xLow + col * map.resolution;
  const y = (row) => map.yHigh - row * map.resolution;
  return { xLow: x(left), xHigh: x(right + 1), yLow: y(bottom + 1), yHigh: y(top) };
}

/** A canvas that covers the map's box. `rooms` are those of the robot's state. */
export function paint(map, rooms, colours) {
  const factor = map.nCols * map.nRows > CELLS_MAX ? 1 : OVERSAMPLING;
  const known = smoothMask(map, factor, (grey) => grey > FREE_ABOVE || grey < OCCUPIED_BELOW);
  const walls = smoothMask(map, factor, (grey) => grey < OCCUPIED_BELOW);
  const picture = tint(known, colours.free);
  paintRooms(picture, map, rooms, colours.roomAlpha);
  picture.getContext("2d").drawImage(tint(walls, colours.wall), 0, 0);
  return picture;
}

function paintRooms(picture, map, rooms, alpha) {
  const context = picture.getContext("2d");
  const pixels = picture.width / (map.xHigh - map.xLow);
  context.globalCompositeOperation = "source-atop";
  rooms.forEach((room, index) => {
    context.fillStyle = `hsl(${HUES[index % HUES.length]} 70% 55% / ${alpha})`;
    context.beginPath();
    room.outline_m.forEach(([x, y]) => context.lineTo((x - map.xLow) * pixels, (map.yHigh - y) * pixels));
    context.fill();
  });
  context.globalCompositeOperation = "source-over";
}

/** Cells that `test` picks, enlarged, with their staircase edges smoothed: blur, then sharpen. */
function smoothMask(map, factor, test) {
  const small = canvasOf(map.nCols, map.nRows);
  const image = new ImageData(map.nCols, map.nRows);
  for (let i = 0; i < map.grey.length; i++) image.data[4 * i + 3] = test(map.grey[i]) ? 255 : 0;
  small.getContext("2d").putImageData(image, 0, 0);
  const large = canvasOf(map.nCols * factor, map.nRows * factor);
  const context = large.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingEnabled = factor > 1;
  context.imageSmoothingQuality = "high";
  context.drawImage(small, 0, 0, large.width, large.height);
  if (factor > 1) sharpen(context, large);
  return large;
}

function sharpen(context, canvas) {
  const image = context.getImageData(0, 0, canvas.width, canvas.height);
  const { data } = image;
  for (let i = 3; i < data.length; i += 4) data[i] = (data[i] - 110) * 6 + 128; // clamped by the array
  context.putImageData(image, 0, 0);
}

function tint(mask, colour) {
  const context = mask.getContext("2d");
  context.globalCompositeOperation = "source-in";
  context.fillStyle = colour;
  context.fillRect(0, 0, mask.width, mask.height);
  context.globalCompositeOperation = "source-over";
  return mask;
}

function canvasOf(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}
