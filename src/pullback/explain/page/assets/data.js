// The run as it was embedded: nodes (formulas, shapes, names) and their numbers.

const page = JSON.parse(document.getElementById("page-data").textContent);
const numbers = decoded(document.getElementById("page-numbers").textContent.trim());
const nodes = page.nodes.map(prepared);
for (const node of nodes) {
  node.sources = node.inputs.map((k) => nodes[k]);
  for (const source of new Set(node.sources)) source.consumers.push(node);
}

function decoded(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let k = 0; k < raw.length; k++) bytes[k] = raw.charCodeAt(k);
  return bytes.buffer;
}

function prepared(row, id) {
  const size = row.shape.reduce((a, b) => a * b, 1);
  const kinds = { f8: Float64Array, f4: Float32Array, rounded: Float32Array, i4: Int32Array, u1: Uint8Array };
  const data = new kinds[row.format](numbers, row.offset, size);
  return { ...row, id, size, data, consumers: [] };
}

/** Row-major position of an index. */
function flatOf(shape, index) {
  let flat = 0;
  for (let axis = 0; axis < shape.length; axis++) flat = flat * shape[axis] + index[axis];
  return flat;
}

/** The index at a row-major position. */
function indexOf(shape, flat) {
  const index = new Array(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = flat % shape[axis];
    flat = Math.floor(flat / shape[axis]);
  }
  return index;
}

function isInside(shape, index) {
  return index.every((k, axis) => k >= 0 && k < shape[axis]);
}

/** The number at an index; outside the array it is 0. */
function valueAt(node, index) {
  return isInside(node.shape, index) ? node.data[flatOf(node.shape, index)] : 0;
}

/** Six significant digits, as %.6g writes them, with a proper minus sign. */
function written(x, digits = 6) {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x < 0 ? "−∞" : "∞";
  if (x === 0) return "0";
  const [mantissa, exponent] = x.toExponential(digits - 1).split("e");
  const e = Number(exponent);
  const short = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  const text = e < -4 || e >= digits
    ? `${short(mantissa)}e${e < 0 ? "-" : "+"}${String(Math.abs(e)).padStart(2, "0")}`
    : short(x.toFixed(Math.max(0, digits - 1 - e)));
  return text.replaceAll("-", "−");
}

/** What a node is called: "conv1", "gradient of conv1.weight", "cotangent of conv1". */
function nameOf(node) {
  if (node.of !== "cotangent") return node.name;
  return `${isLeafName(node.name) ? "gradient" : "cotangent"} of ${node.name}`;
}

const leafNames = new Set(nodes.filter((node) => node.role === "parameter" || node.role === "input").map((node) => node.name));

function isLeafName(name) {
  return leafNames.has(name);
}

function entryName(node, index) {
  return nameOf(node) + (index.length ? `[${index.map(minus).join(",")}]` : "");
}

function minus(k) {
  return String(k).replace("-", "−");
}

/** The class behind an entry of the output or a target, where classes have names. */
function labelOf(node, index) {
  if (!page.labels) return "";
  const { names, shape } = page.labels;
  if (node.shape.length === shape.length && node.shape.every((n, k) => n === shape[k])) return names[index.at(-1)];
  return node.role === "target" && node.type === "int" ? names[valueAt(node, index)] ?? "" : "";
}
