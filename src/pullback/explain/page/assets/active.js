// The entry under the pointer, the keys or in the panel: what lights up because of it.

const marks = { from: "#ffab00", to: "#00b894" };
let hovered = null;
let opened = null;
let drawn = [];

/** Light up an entry (or, with null, the one that is open). */
function activate(entry) {
  if (entry?.node === hovered?.node && entry?.flat === hovered?.flat) return;
  hovered = entry;
  requestAnimationFrame(highlight);
}

let lit = null;

/** What is lit: the entry, its sources and its feeds. */
function related(entry) {
  if (!entry) return null;
  if (lit?.node === entry.node && lit?.flat === entry.flat) return lit;
  const { node, flat } = entry;
  const sources = allSources(node, flat);
  return (lit = { node, flat, sources, feeds: allFeeds(node, flat), outside: allOutside(node, flat, sources) });
}

function highlight() {
  const entry = related(hovered ?? opened);
  for (const view of drawn) clearOverlay(view);
  drawn = [];
  readOut(entry);
  if (!entry) return;
  const from = byNode(entry.sources);
  const to = byNode(entry.feeds);
  for (const view of views) {
    const here = view.node === entry.node;
    if (!here && !from.has(view.node) && !to.has(view.node)) continue;
    drawn.push(view);
    const context = prepareCanvas(view.overlay, view.layout);
    markEntries(context, view.layout, to.get(view.node) ?? [], marks.to);
    markEntries(context, view.layout, from.get(view.node) ?? [], marks.from);
    markPadding(context, view, entry.outside);
    if (here) outline(context, view.layout, entry.flat);
    view.figure.classList.toggle("from", from.has(view.node));
    view.figure.classList.toggle("to", to.has(view.node));
  }
}

function clearOverlay(view) {
  view.overlay.width = view.overlay.height = 1;
  view.figure.classList.remove("from", "to");
}

function byNode(entries) {
  const groups = new Map();
  for (const entry of entries) {
    if (!groups.has(entry.node)) groups.set(entry.node, []);
    groups.get(entry.node).push(entry);
  }
  return groups;
}

/** Small cells are filled, large ones framed, so that their colour stays visible; what weighs more shows more. */
function markEntries(context, layout, entries, color) {
  const { cell } = layout;
  context.fillStyle = context.strokeStyle = color;
  context.lineWidth = Math.max(1.5, Math.min(3.5, cell / 8));
  for (const { flat, weight } of entries) {
    const { x, y } = cornerOf(layout, flat);
    context.globalAlpha = weight > 0 ? 0.5 + 0.5 * weight : 0.25;
    if (cell < 8) context.fillRect(x, y, cell, cell);
    else {
      const inset = context.lineWidth / 2 + 0.5;
      context.strokeRect(x + inset, y + inset, cell - 2 * inset, cell - 2 * inset);
    }
  }
  context.globalAlpha = 1;
}

/** Reads of the padding, in the ring around the array. */
function markPadding(context, { node, layout }, outside) {
  const [ringRows, ringCols] = layout.ring;
  context.fillStyle = marks.from;
  context.globalAlpha = 0.3;
  for (const place of outside) {
    const lead = place.index.slice(0, -2);
    if (place.node !== node || !isInside(node.shape.slice(0, -2), lead)) continue;
    const [row, col] = place.index.slice(-2);
    const shown = row >= -ringRows && row < layout.rows + ringRows && col >= -ringCols && col < layout.cols + ringCols;
    const origin = tileOrigin(layout, flatOf(node.shape.slice(0, -2), lead));
    if (shown) context.fillRect(origin.x + col * layout.cell, origin.y + row * layout.cell, layout.cell, layout.cell);
  }
  context.globalAlpha = 1;
}

function outline(context, layout, flat) {
  const { x, y } = cornerOf(layout, flat);
  const grow = layout.cell < 6 ? 2 : 0;
  const [width, height] = [layout.cell + 2 * grow, layout.cell + 2 * grow];
  context.lineWidth = 3;
  context.strokeStyle = palette().paper;
  context.strokeRect(x - grow + 0.5, y - grow + 0.5, width - 1, height - 1);
  context.lineWidth = 1.5;
  context.strokeStyle = palette().ink;
  context.strokeRect(x - grow + 0.5, y - grow + 0.5, width - 1, height - 1);
}

/** Say in words what is lit. */
function readOut(entry) {
  const line = document.getElementById("readout");
  if (!entry) {
    line.replaceChildren(element("span", { class: "hint" }, "Point at an entry, or tap it."));
    return;
  }
  const index = indexOf(entry.node.shape, entry.flat);
  const label = labelOf(entry.node, index);
  line.replaceChildren(
    element("b", {}, `${entryName(entry.node, index)} = ${written(entry.node.data[entry.flat])}`),
    label ? element("span", { class: "label" }, label) : "",
    element("span", { class: "from" }, counts(entry.sources, "computed from"), entry.outside.length ? ` and ${entry.outside.length} in the padding` : ""),
    element("span", { class: "to" }, counts(entry.feeds, "feeds")),
  );
}

/** "computed from 25 × input, 25 × conv1.weight". */
function counts(entries, what) {
  const distinct = (list) => new Set(list.map((e) => e.flat)).size;
  const shownFirst = [...byNode(entries)].sort(([a], [b]) => isOnShow(b) - isOnShow(a));
  const groups = shownFirst.map(([node, list]) => (node.size === 1 ? nameOf(node) : `${distinct(list)} of ${nameOf(node)}`));
  if (!groups.length) return "";
  const shown = groups.slice(0, 3).join(", ");
  return `${what} ${shown}${groups.length > 3 ? `, and ${groups.length - 3} more` : ""}`;
}
