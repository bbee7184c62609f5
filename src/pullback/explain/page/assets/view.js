// One array on the page: a picture with a legend, under the pointer and under the keys.

const views = [];

/** Build a view of a node: <figure> with caption, canvases and legend. */
function createView(node, caption) {
  const layout = layoutOf(node);
  const figure = element("figure", { class: `view ${node.of}`, "data-node": node.id });
  const label = element("figcaption", {}, caption, element("span", { class: "shape" }, node.shape.join("×") || "one number"));
  const plate = element("div", {
    class: "plate",
    tabindex: "0",
    role: "application",
    "aria-roledescription": "array",
    "aria-label": `${nameOf(node)}, ${node.shape.join(" by ") || "one number"}. Arrow keys move, Enter opens the sum.`,
  });
  const base = element("canvas");
  const overlay = element("canvas", { class: "overlay" });
  plate.append(base, overlay);
  plate.style.width = `${layout.width}px`;
  plate.style.height = `${layout.height}px`;
  const legend = element("div", { class: "legend" });
  figure.append(label, element("div", { class: "scroll" }, plate), legend);
  const view = { node, layout, figure, plate, base, overlay, legend, cursor: 0 };
  if (node.size) listen(view);
  views.push(view);
  return view;
}

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function listen(view) {
  const hit = (event) => {
    const box = view.plate.getBoundingClientRect();
    return entryAt(view.layout, event.clientX - box.left, event.clientY - box.top);
  };
  view.plate.addEventListener("pointermove", (event) => {
    const flat = hit(event);
    activate(flat < 0 ? null : { node: view.node, flat });
  });
  view.plate.addEventListener("pointerleave", () => activate(null));
  view.plate.addEventListener("click", (event) => {
    const flat = hit(event);
    if (flat < 0) return;
    view.cursor = flat;
    openEntry(view.node, flat);
  });
  view.plate.addEventListener("focus", () => activate({ node: view.node, flat: view.cursor }));
  view.plate.addEventListener("blur", () => activate(null));
  view.plate.addEventListener("keydown", (event) => moveCursor(view, event));
}

const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function moveCursor(view, event) {
  if (event.key === "Enter") openEntry(view.node, view.cursor);
  else if (event.key === "Home") view.cursor = 0;
  else if (event.key === "End") view.cursor = view.node.size - 1;
  else if (moves[event.key]) view.cursor = neighbour(view.layout, view.cursor, ...moves[event.key]);
  else return;
  event.preventDefault();
  event.stopPropagation();
  activate({ node: view.node, flat: view.cursor });
}

function prepareCanvas(canvas, { width, height }) {
  const ratio = Math.max(1, window.devicePixelRatio || 1);
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.imageSmoothingEnabled = false;
  return context;
}

/** Draw the numbers, the padding around them, the switches and the legend. */
function drawView(view) {
  const { node, layout } = view;
  const context = prepareCanvas(view.base, layout);
  const colors = palette();
  const scale = scaleOf(node);
  if (layout.ring[0] || layout.ring[1]) drawRing(context, layout, colors);
  context.drawImage(picture(node, layout, scale, colors), 0, 0, layout.width, layout.height);
  if (layout.cell >= 30) drawNumbers(context, node, layout, scale, colors);
  if (layout.cell >= 6) drawInterior(context, node, layout, colors);
  if (layout.cell >= 3 && document.getElementById("dots").checked) drawSwitches(context, node, layout, colors);
  drawLegend(view, scale);
}

/** The cells as one picture, a pixel of it for a pixel of the layout: much faster than drawing rectangles. */
function picture(node, layout, scale, colors) {
  const { width, height, cell, cols, tiles } = layout;
  const pixels = new Uint32Array(width * height);
  const shades = shadesOf(scale, colors);
  const size = layout.ragged ?? layout.rows * cols;
  for (let tile = 0; tile < tiles; tile++) {
    const origin = tileOrigin(layout, tile);
    for (let k = 0; k < size; k++) {
      const color = shades(node.data[tile * size + k]);
      const start = (origin.y + Math.floor(k / cols) * cell) * width + origin.x + (k % cols) * cell;
      for (let row = 0; row < cell; row++) pixels.fill(color, start + row * width, start + row * width + cell);
    }
  }
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), width, height), 0, 0);
  return canvas;
}

function drawRing(context, layout, colors) {
  context.strokeStyle = colors.hatch;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  for (let tile = 0; tile < layout.tiles; tile++) {
    const { x, y } = tileOrigin(layout, tile);
    const [dy, dx] = layout.ring.map((k) => k * layout.cell);
    context.strokeRect(x - dx + 0.5, y - dy + 0.5, layout.cols * layout.cell + 2 * dx - 1, layout.rows * layout.cell + 2 * dy - 1);
  }
  context.setLineDash([]);
}

function drawNumbers(context, node, layout, scale, colors) {
  context.font = `${Math.min(12, layout.cell / 3.6)}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let flat = 0; flat < node.size; flat++) {
    const { x, y } = cornerOf(layout, flat);
    context.fillStyle = inkOn(colorOf(node.data[flat], scale, colors));
    context.fillText(short(node.data[flat]), x + layout.cell / 2, y + layout.cell / 2, layout.cell - 4);
  }
}

function short(x) {
  if (Number.isInteger(x) && Math.abs(x) < 1e5) return minus(x);
  const text = written(x, 2);
  return text.length > 6 ? written(x, 1) : text;
}

/** A padded array: a line around what is not padding. */
function drawInterior(context, node, layout, colors) {
  const inner = interiorOf(node);
  if (!inner) return;
  const [top, bottom] = inner.at(-2) ?? [0, layout.rows];
  const [left, right] = inner.at(-1);
  context.strokeStyle = colors.ink;
  context.setLineDash([4, 3]);
  for (let tile = 0; tile < layout.tiles; tile++) {
    const { x, y } = tileOrigin(layout, tile);
    const { cell } = layout;
    context.strokeRect(x + left * cell + 0.5, y + top * cell + 0.5, (right - left) * cell - 1, (bottom - top) * cell - 1);
  }
  context.setLineDash([]);
}

/** Where the array itself lies inside a padded one, per axis as [from, to]; null for others. */
function interiorOf(node) {
  if (node.of === "cotangent") {
    const value = nodes.find((n) => n.of === "value" && n.name === node.name);
    return value ? interiorOf(value) : null;
  }
  if (node.kind !== "sum" || !/(^|\/)pad$/.test(node.op)) return null;
  const [read] = compiled(node).reads;
  const before = interiorOf(read.source) ?? read.source.shape.map((n) => [0, n]);
  return read.at.map((index, axis) => {
    if (index.affine) return before[axis].map((k) => k - index.constant);
    const first = interiorStart(index.entries);
    return before[axis].map((k) => k + first);
  });
}

/** Dots on the entries that won a maximum. */
function drawSwitches(context, node, layout, colors) {
  for (const chooser of node.consumers.filter((n) => n.kind === "argmax")) {
    for (const flat of winners(chooser)) drawDot(context, layout, cornerOf(layout, flat), colors);
  }
}

function drawDot(context, { cell }, { x, y }, colors) {
  context.fillStyle = colors.dot;
  if (cell < 6) {
    // A full dot would hide a cell of few pixels.
    context.globalAlpha = 0.6;
    context.fillRect(x + cell / 2 - 0.5, y + cell / 2 - 0.5, 1, 1);
    context.globalAlpha = 1;
    return;
  }
  context.beginPath();
  context.arc(x + cell / 2, y + cell * (cell >= 30 ? 0.86 : 0.5), Math.min(4, cell * 0.22), 0, 2 * Math.PI);
  context.fill();
  context.strokeStyle = colors.paper;
  context.lineWidth = 1;
  context.stroke();
}

/** The entries of the source to which an argmax's switches point. */
function winners(chooser) {
  const [source] = chooser.sources;
  const { reads, out, sizes } = compiled(chooser);
  const found = new Set();
  for (let flat = 0; flat < chooser.size; flat++) {
    const entry = indexOf(chooser.shape, flat);
    const env = new Int32Array(sizes.length);
    out.forEach((index, axis) => index.letters.forEach((letter) => (env[letter] = entry[axis])));
    const at = reads[0].at.map((index) => positionOf(index, env));
    let rest = chooser.data[flat];
    for (const axis of [...chooser.axes].reverse()) {
      at[axis] = rest % source.shape[axis];
      rest = Math.floor(rest / source.shape[axis]);
    }
    found.add(flatOf(source.shape, at));
  }
  return found;
}

function drawLegend(view, scale) {
  const { node, legend } = view;
  if (node.size <= 1) {
    const label = node.size ? labelOf(node, indexOf(node.shape, 0)) : "";
    const text = node.size ? written(node.data[0]) : "empty";
    legend.replaceChildren(element("b", {}, text), label === text ? "" : label);
    return;
  }
  if (scale.low === 0 && scale.high === 0) {
    legend.replaceChildren("all 0");
    return;
  }
  const bar = element("i");
  bar.style.background = gradientOf(scale);
  const middle = scale.kind === "signed" ? element("span", { class: "zero" }, "0") : null;
  legend.replaceChildren(element("span", {}, written(scale.low, 3)), element("span", { class: "bar" }, bar, middle), element("span", {}, written(scale.high, 3)));
}
