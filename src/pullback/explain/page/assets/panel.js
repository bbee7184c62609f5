// The panel: the sum behind the entry that is open, and the way that led to it.

const panel = document.getElementById("panel");
let trail = [];

/** Open an entry. The address keeps it, so that the browser's own Back works and a link can point at an entry. */
function openEntry(node, flat) {
  const address = `#${node.id}:${indexOf(node.shape, flat).join(",")}`;
  if (location.hash === address) show(node, flat);
  else location.hash = address;
}

function closePanel() {
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  const last = opened;
  opened = null;
  trail = [];
  panel.hidden = true;
  document.body.classList.remove("panelled");
  activate(null);
  highlight();
  if (panel.contains(document.activeElement) || document.activeElement === document.body) focusView(last);
}

function focusView(entry) {
  const view = entry && views.find((v) => v.node === entry.node && v.plate.offsetParent);
  if (view) view.plate.focus({ preventScroll: true });
}

/** Show what the address says. */
function showAddress() {
  const match = /^#(\d+):([\d,]*)$/.exec(location.hash);
  const node = match ? nodes[Number(match[1])] : null;
  const index = match && match[2] ? match[2].split(",").map(Number) : [];
  const valid = node && index.length === node.shape.length && node.size && isInside(node.shape, index);
  if (valid) show(node, flatOf(node.shape, index));
  else if (!panel.hidden) closePanel();
}

function show(node, flat) {
  const back = trail.findLastIndex((e) => e.node === node && e.flat === flat);
  trail = back >= 0 ? trail.slice(0, back + 1) : [...trail, { node, flat }];
  opened = { node, flat };
  for (const view of views) if (view.node === node) view.cursor = flat;
  panel.replaceChildren(...panelContent(node, flat));
  panel.hidden = false;
  panel.scrollTop = 0;
  document.body.classList.add("panelled");
  panel.focus({ preventScroll: true });
  hovered = null;
  highlight();
}

function panelContent(node, flat) {
  const index = indexOf(node.shape, flat);
  const explanation = explained(node, index);
  return [panelBar(), ...heading(node, index, explanation), ...formulas(node, index, explanation), ...sums(explanation), ...destinations(node, flat)];
}

function panelBar() {
  const back = button("‹ Back", () => history.back(), { class: "back", title: "Back to the entry before" });
  if (trail.length < 2) back.disabled = true;
  const crumbs = element("nav", { class: "crumbs", "aria-label": "The way here" });
  trail.forEach((entry, k) => {
    const name = entryName(entry.node, indexOf(entry.node.shape, entry.flat));
    const last = k === trail.length - 1;
    crumbs.append(last ? element("span", { "aria-current": "location" }, name) : button(name, () => openEntry(entry.node, entry.flat)), last ? "" : " › ");
  });
  return element("div", { class: "panel-bar" }, back, crumbs, button("✕", closePanel, { class: "close", "aria-label": "Close (Escape)" }));
}

function button(text, act, attributes = {}) {
  const made = element("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", act);
  return made;
}

function heading(node, index, { value }) {
  const label = labelOf(node, index);
  return [
    element("h2", {}, entryName(node, index), label ? element("span", { class: "label" }, label) : ""),
    element("p", { class: "value" }, "= ", element("output", { id: "entry-value" }, written(value))),
    nudges(node, index),
  ];
}

/** Small arrows that move the open entry: cells of a few pixels are hard to hit with a finger. */
function nudges(node, index) {
  const view = views.find((v) => v.node === node);
  const row = element("p", { class: "made-by" }, madeBy(node));
  if (!view || node.size < 2) return row;
  const flat = flatOf(node.shape, index);
  const signs = { ArrowLeft: "←", ArrowUp: "↑", ArrowDown: "↓", ArrowRight: "→" };
  const arrows = Object.entries(signs).map(([key, sign]) => {
    const to = neighbour(view.layout, flat, ...moves[key]);
    const arrow = button(sign, () => nudge(node, to), { "aria-label": `Neighbour ${sign}` });
    arrow.disabled = to === flat;
    return arrow;
  });
  row.append(element("span", { class: "nudges" }, ...arrows));
  return row;
}

/** The neighbour takes the open entry's place on the way. */
function nudge(node, flat) {
  trail.pop();
  history.replaceState(null, "", `#${node.id}:${indexOf(node.shape, flat).join(",")}`);
  show(node, flat);
}

const roles = {
  input: "an input of the run",
  parameter: "a parameter",
  buffer: "a number that the layer keeps, such as a running mean",
  target: "a target of the run",
  key: "the random key: (seed, step)",
};

function madeBy(node) {
  if (node.kind === "given") return `Given: ${roles[node.role] ?? (node.of === "cotangent" ? "the backward pass starts here" : "a constant")}.`;
  if (node.kind === "random") return "A random number in [0, 1), drawn for this run.";
  return `Computed by ${node.op}.`;
}

function formulas(node, index, { terms, kind }) {
  if (!node.print) return [];
  const made = [element("h3", {}, "Formula"), math(node.print.general), legendOf(node)];
  if (node.print.refs.length && node.shape.length) made.push(element("h3", {}, "At this entry"), math(formulaAt(node, index)));
  if (kind === "expression") made.push(element("h3", {}, "In numbers"), math(formulaInNumbers(node, index, terms[0].factors)));
  return made;
}

function math(markup) {
  const box = element("div", { class: "math" });
  box.innerHTML = markup;
  return box;
}

/** "with ȳ the cotangent of conv1, x input". */
function legendOf(node) {
  const refs = node.print.refs.slice(1);
  const list = element("p", { class: "where" });
  refs.forEach((ref, k) => {
    const source = node.kind === "reshape" || node.kind === "argmax" ? node.sources[0] : compiled(node).reads[k].source;
    const symbol = element("span");
    symbol.innerHTML = `<math>${ref.array}</math>`;
    list.append(k ? ", " : "", symbol, " is ", nameOf(source));
  });
  return list;
}

/** What the entry feeds, by node. */
function destinations(node, flat) {
  const groups = [...byNode(feedsOf(node, flat))];
  if (!groups.length) return [];
  const list = element("ul", { class: "feeds" });
  for (const [consumer, entries] of groups) {
    const links = entries.slice(0, 8).map((e) => entryButton(consumer, indexOf(consumer.shape, e.flat), "", true));
    const more = entries.length > 8 ? ` and ${entries.length - 8} more` : "";
    list.append(element("li", {}, `${nameOf(consumer)} `, ...links, more));
  }
  return [element("h3", {}, "It feeds"), list];
}

/** A button that opens an entry, and lights it up under the pointer. */
function entryButton(node, index, text, bare = false) {
  const name = bare ? `[${index.map(minus).join(",")}]` : entryName(node, index);
  const flat = flatOf(node.shape, index);
  const made = button(bare && !index.length ? nameOf(node) : name, () => openEntry(node, flat), { class: "entry" });
  made.addEventListener("pointerenter", () => activate({ node, flat }));
  made.addEventListener("pointerleave", () => activate(null));
  made.addEventListener("focus", () => activate({ node, flat }));
  made.addEventListener("blur", () => activate(null));
  if (text) made.append(" ", element("b", {}, text));
  return made;
}
