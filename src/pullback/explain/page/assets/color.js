// From numbers to colours. Signed numbers: two hues around 0, symmetric. Images and what is never negative: one hue.

const palettes = {
  light: {
    negative: [[247, 246, 243], [133, 184, 219], [24, 90, 157]],
    positive: [[247, 246, 243], [240, 158, 122], [173, 29, 42]],
    single: [[251, 250, 247], [138, 146, 158], [24, 30, 42]],
    nan: [214, 51, 132],
    ink: "#1b2230", paper: "#ffffff", hatch: "#cfd3da", dot: "#0b8a6a",
  },
  dark: {
    negative: [[33, 38, 46], [47, 116, 181], [168, 214, 250]],
    positive: [[33, 38, 46], [201, 82, 62], [255, 196, 168]],
    single: [[20, 23, 29], [122, 132, 148], [246, 248, 252]],
    nan: [240, 101, 149],
    ink: "#eef1f6", paper: "#0f1217", hatch: "#3a424f", dot: "#3ddbb0",
  },
};

const darkScheme = matchMedia("(prefers-color-scheme: dark)");
let printing = false;

function palette() {
  return darkScheme.matches && !printing ? palettes.dark : palettes.light;
}

/** The scale of a node: {kind: "signed" | "single", low, high}. */
function scaleOf(node) {
  if (node.scaleOf) return node.scaleOf;
  // What only moves entries keeps their colours.
  if (node.of === "value" && node.size && isRelay(node)) return (node.scaleOf = scaleOf(node.sources[0]));
  let low = Infinity;
  let high = -Infinity;
  for (const x of node.data) {
    if (!Number.isFinite(x)) continue;
    if (x < low) low = x;
    if (x > high) high = x;
  }
  if (low > high) low = high = 0;
  // One number has nothing to be compared with.
  if (node.size === 1) return (node.scaleOf = { kind: "single", low: 0, high: 0 });
  const picture = isInput(node) && node.shape.length >= 3;
  const single = node.of === "value" && (node.type !== "float" || picture || (low >= 0 && node.kind !== "given"));
  const most = Math.max(Math.abs(low), Math.abs(high));
  const ends = single ? { low: picture ? low : Math.min(0, low), high } : { low: -most, high: most };
  return (node.scaleOf = { kind: single ? "single" : "signed", ...ends });
}

/** The colour of a number as [red, green, blue]. */
function colorOf(x, scale, colors = palette()) {
  if (Number.isNaN(x)) return colors.nan;
  if (scale.kind === "single") return mixed(colors.single, scale.high > scale.low ? (x - scale.low) / (scale.high - scale.low) : 0.08);
  const t = scale.high > 0 ? x / scale.high : 0;
  return t < 0 ? mixed(colors.negative, -t) : mixed(colors.positive, t);
}

function mixed([a, b, c], t) {
  const clamped = Math.min(1, Math.max(0, t));
  const [from, to, u] = clamped < 0.5 ? [a, b, clamped * 2] : [b, c, clamped * 2 - 1];
  return from.map((v, k) => Math.round(v + (to[k] - v) * u));
}

/** The same colours as pixels, from a table: a function of the number. */
function shadesOf(scale, colors) {
  const steps = 256;
  const { low, high } = scale;
  const pixel = ([r, g, b]) => (255 << 24) | (b << 16) | (g << 8) | r;
  const table = Array.from({ length: steps + 1 }, (_, k) => pixel(colorOf(low + ((high - low) * k) / steps, scale, colors)));
  const nan = pixel(colors.nan);
  const flat = pixel(colorOf(low, scale, colors));
  return (x) => {
    if (Number.isNaN(x)) return nan;
    if (high <= low) return flat;
    return table[Math.round(Math.min(1, Math.max(0, (x - low) / (high - low))) * steps)];
  };
}

/** Black or white, whichever can be read on a colour. */
function inkOn([r, g, b]) {
  return 0.299 * r + 0.587 * g + 0.114 * b > 140 ? "#14181f" : "#ffffff";
}

function css([r, g, b]) {
  return `rgb(${r},${g},${b})`;
}

/** The scale as a CSS gradient, for the legend. */
function gradientOf(scale) {
  const stops = [];
  for (let k = 0; k <= 8; k++) stops.push(css(colorOf(scale.low + ((scale.high - scale.low) * k) / 8, scale)));
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}

/** Whether a node is drawn as a box of its own at the start: an input, not a parameter. */
function isInput(node) {
  return page.stages.some((stage) => !stage.computed.length && stage.pairs.some((pair) => pair.value === node.id));
}
