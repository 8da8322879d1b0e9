// The few helpers that plain DOM code wants: build an element, and change one only where it differs.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element with attributes and children (elements or text). */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export function byId(id) {
  return document.getElementById(id);
}

/** Set a text; untouched if it is the same, so that screen readers hear only changes. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Rebuild a list only when what it shows has changed. */
export function makeList(container, render) {
  let shown = null;
  return (items) => {
    const key = JSON.stringify(items);
    if (key === shown) return;
    shown = key;
    container.replaceChildren(...items.map(render));
  };
}
