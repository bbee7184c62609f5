// How an array lies on its canvas: tiles of cells. The last two axes make a tile, the axes before them number the tiles.

const TARGET = { width: 270, height: 180, cell: 12 };
/** A picture of one channel may have larger cells than many maps. */
const PICTURE = { width: 200, height: 200, cell: 12 };
/** Small arrays get more room, so that their numbers can be written into the cells. */
const SMALL = { size: 100, width: 380, height: 270, cell: 36 };

function targetOf(node, { tiles }) {
  if (node.size <= SMALL.size) return SMALL;
  return tiles === 1 && node.shape.length > 2 ? PICTURE : TARGET;
}

/** The layout of a node's array: {cell, rows, cols, across, tiles, transposed, ring, gap, width, height}. */
function layoutOf(node) {
  const shape = tileShape(node);
  const ring = ringOf(node);
  const choices = acrossChoices(node, shape);
  const sized = choices.map((choice) => sizedLayout({ ...shape, ...choice, ring }, targetOf(node, shape)));
  return sized.reduce((best, one) => (one.merit > best.merit + 1e-9 ? one : best));
}

/** Tiles of rows × cols. Long vectors are wrapped like text. */
function tileShape({ shape, size }) {
  const rank = shape.length;
  const last = shape[rank - 1] ?? 1;
  const before = rank > 1 ? shape[rank - 2] : 1;
  const vectors = rank <= 1 || (rank === 2 && (before === 1 || (before <= 8 && last > 40)));
  if (!vectors) return { rows: before, cols: last, tiles: before * last ? size / (before * last) : 0 };
  const cols = last <= 12 ? last : wrapping(last);
  return { rows: Math.ceil(last / cols) || 1, cols: cols || 1, tiles: last ? size / last : 0, ragged: last };
}

/** A width at which a vector fills its last line, if one is near twice its number of lines. */
function wrapping(length) {
  const wish = Math.ceil(Math.sqrt(length * 2));
  for (let off = 0; off < wish / 2; off++) {
    for (const cols of [wish + off, wish - off]) if (length % cols === 0) return cols;
  }
  return wish;
}

function acrossChoices({ shape }, { tiles }) {
  const inner = shape.length >= 4 ? shape[shape.length - 3] : tiles;
  const outer = inner ? tiles / inner : 0;
  if (outer > 1 && inner > 1) {
    const divisors = range(inner).map((k) => k + 1).filter((k) => inner % k === 0);
    return [...divisors.map((across) => ({ across })), { across: outer, transposed: inner }];
  }
  return range(Math.max(1, Math.min(tiles, 64))).map((k) => ({ across: k + 1 }));
}

function range(n) {
  return Array.from({ length: n }, (_, k) => k);
}

function sizedLayout(layout, target) {
  const { rows, cols, tiles, across, ring } = layout;
  const down = Math.max(1, Math.ceil(tiles / across));
  const space = tiles > 1 ? 1 : 0;
  const fit = Math.min(
    target.width / (across * (cols + 2 * ring[1] + space)),
    target.height / (down * (rows + 2 * ring[0] + space)),
  );
  const cell = Math.max(1, Math.min(target.cell, Math.floor(fit)));
  const gap = tiles > 1 ? Math.max(2, Math.min(8, cell)) : 0;
  const width = across * (cols + 2 * ring[1]) * cell + (across - 1) * gap;
  const height = down * (rows + 2 * ring[0]) * cell + (down - 1) * gap;
  // Where two arrangements allow the same cells, the one that leaves less empty and is about as wide as a landscape.
  const empty = across * down - tiles;
  const shape = Math.abs(Math.log(width / height / 1.7));
  return { ...layout, cell, gap, down, width, height, merit: cell - 0.02 * empty - 0.1 * shape };
}

/** How many cells of padding around each tile are read from it: [rows, cols]. */
function ringOf(node) {
  const none = [0, 0];
  if (node.of !== "value" || node.shape.length < 3) return none;
  const beyond = [0, 0];
  for (const consumer of node.consumers) {
    for (const read of compiled(consumer).reads) {
      if (read.source !== node || consumer.of !== "value") continue;
      read.at.slice(-2).forEach((index, k) => {
        const axis = node.shape.length - 2 + k;
        beyond[k] = Math.max(beyond[k], overreach(index, compiled(consumer).sizes, node.shape[axis]));
      });
    }
  }
  return beyond.map((k) => Math.min(k, 3));
}

function overreach(index, sizes, length) {
  if (!index.affine) return 0;
  let low = index.constant;
  let high = index.constant;
  index.letters.forEach((letter, k) => {
    const step = index.coefs[k] * (sizes[letter] - 1);
    if (step < 0) low += step;
    else high += step;
  });
  return Math.max(0, -low, high - (length - 1));
}

/** Tile, row and column of an entry. */
function cellOf(layout, flat) {
  const size = layout.ragged ?? layout.rows * layout.cols;
  const within = flat % size;
  return { tile: Math.floor(flat / size), row: Math.floor(within / layout.cols), col: within % layout.cols };
}

/** The entry at tile, row and column, or −1. */
function flatAt(layout, { tile, row, col }) {
  const size = layout.ragged ?? layout.rows * layout.cols;
  if (tile < 0 || tile >= layout.tiles || row < 0 || row >= layout.rows || col < 0 || col >= layout.cols) return -1;
  const within = row * layout.cols + col;
  return within < size ? tile * size + within : -1;
}

/** The place of a tile: its column and row among the tiles. */
function tilePlace(layout, tile) {
  const { across, transposed } = layout;
  return transposed
    ? { x: Math.floor(tile / transposed), y: tile % transposed }
    : { x: tile % across, y: Math.floor(tile / across) };
}

function tileAt(layout, x, y) {
  if (x < 0 || y < 0 || x >= layout.across || y >= layout.down) return -1;
  return layout.transposed ? x * layout.transposed + y : y * layout.across + x;
}

/** The upper left corner of a tile's first cell. */
function tileOrigin(layout, tile) {
  const { x, y } = tilePlace(layout, tile);
  const { cell, gap, ring } = layout;
  return {
    x: x * ((layout.cols + 2 * ring[1]) * cell + gap) + ring[1] * cell,
    y: y * ((layout.rows + 2 * ring[0]) * cell + gap) + ring[0] * cell,
  };
}

/** The upper left corner of an entry's cell. */
function cornerOf(layout, flat) {
  const { tile, row, col } = cellOf(layout, flat);
  const origin = tileOrigin(layout, tile);
  return { x: origin.x + col * layout.cell, y: origin.y + row * layout.cell };
}

/** The entry under a point, or −1. */
function entryAt(layout, px, py) {
  const { cell, gap, ring } = layout;
  const pitchX = (layout.cols + 2 * ring[1]) * cell + gap;
  const pitchY = (layout.rows + 2 * ring[0]) * cell + gap;
  const [x, y] = [Math.floor(px / pitchX), Math.floor(py / pitchY)];
  const col = Math.floor((px - x * pitchX) / cell) - ring[1];
  const row = Math.floor((py - y * pitchY) / cell) - ring[0];
  return flatAt(layout, { tile: tileAt(layout, x, y), row, col });
}

/** The entry one step away on the canvas, across the edges of tiles; the same entry at the edge of the canvas. */
function neighbour(layout, flat, dx, dy) {
  const { tile, row, col } = cellOf(layout, flat);
  const place = tilePlace(layout, tile);
  const [c, r] = [col + dx, row + dy];
  const x = place.x + (c < 0 ? -1 : c >= layout.cols ? 1 : 0);
  const y = place.y + (r < 0 ? -1 : r >= layout.rows ? 1 : 0);
  const to = { tile: tileAt(layout, x, y), row: modulo(r, layout.rows), col: modulo(c, layout.cols) };
  const found = flatAt(layout, to);
  return found < 0 ? flat : found;
}

function modulo(a, n) {
  return ((a % n) + n) % n;
}
