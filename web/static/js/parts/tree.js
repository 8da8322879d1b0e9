// The behaviour tree as it was ticked last. It is rebuilt only when its shape changes; a tick sets
// statuses and reasons in place, so that what the user has folded stays folded.

import { byId, el, setText } from "../dom.js";

const GLYPHS = { selector: "?", sequence: "→", parallel: "⇉", decorator: "◇", leaf: "" };

export class Tree {
  constructor() {
    this._container = byId("tree");
    this._shape = "";
    this._nodes = new Map();
    this._folded = new Set();
  }

  show({ root, tick }) {
    const shape = shapeOf(root);
    if (shape !== this._shape) this._rebuild(root, shape);
    this._update(root);
    setText(byId("tree-tick"), `tick ${tick}`);
  }

  _rebuild(root, shape) {
    this._shape = shape;
    this._nodes.clear();
    this._container.replaceChildren(this._build(root));
  }

  _build(node) {
    const reason = el("span", { class: "node-reason" });
    const line = el(
      node.children.length ? "summary" : "div",
      { class: "node", "data-kind": node.kind },
      el("span", { class: "node-dot", "aria-hidden": "true" }),
      ...(GLYPHS[node.kind] ? [el("span", { class: "node-kind", title: node.kind }, GLYPHS[node.kind])] : []),
      el("span", { class: "node-text" }, el("span", { class: "node-name" }, node.name), " ", reason),
    );
    this._nodes.set(node.id, { line, reason });
    return node.children.length ? this._branch(node, line) : line;
  }

  _branch(node, summary) {
    const items = node.children.map((child) => el("li", {}, this._build(child)));
    const details = el("details", {}, summary, el("ul", {}, ...items));
    details.open = !this._folded.has(node.id);
    details.addEventListener("toggle", () => {
      if (details.open) this._folded.delete(node.id);
      else this._folded.add(node.id);
    });
    return details;
  }

  _update(node) {
    const { line, reason } = this._nodes.get(node.id);
    if (line.dataset.status !== node.status) {
      line.dataset.status = node.status;
      line.title = `${node.name}: ${node.status === "invalid" ? "not ticked" : node.status}`;
    }
    setText(reason, node.status === "invalid" ? "" : node.reason);
    node.children.forEach((child) => this._update(child));
  }
}

function shapeOf(node) {
  return `${node.id} ${node.kind} ${node.name}(${node.children.map(shapeOf).join()})`;
}
