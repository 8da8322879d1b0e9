// The map's colours, read from the style sheet so that light and dark live in one place.

const NAMES = {
  free: "--map-free",
  wall: "--map-wall",
  grid: "--map-grid",
  label: "--map-label",
  path: "--map-path",
  chosen: "--map-chosen",
  person: "--map-person",
  accent: "--accent",
  zone: "--map-zone",
  doorOpen: "--map-door-open",
  stop: "--stop",
  roomAlpha: "--map-room-alpha",
  candidateLightness: "--map-candidate-lightness",
};

export function readColours() {
  const style = getComputedStyle(document.documentElement);
  const read = ([name, property]) => [name, style.getPropertyValue(property).trim()];
  return Object.fromEntries(Object.entries(NAMES).map(read));
}
