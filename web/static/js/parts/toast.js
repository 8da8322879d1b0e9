// A short word at the bottom of the page: what was sent, or why not.

import { byId, el } from "../dom.js";

const SHOWN_MS = { good: 2600, bad: 7000 };
const N_MAX = 3;

export function toast(text, kind = "good") {
  const container = byId("toasts");
  const item = el("p", { class: `toast ${kind}` }, text);
  container.append(item);
  while (container.children.length > N_MAX) container.firstElementChild.remove();
  setTimeout(() => item.remove(), SHOWN_MS[kind]);
}
