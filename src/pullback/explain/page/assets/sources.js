// What an entry was computed from, and what it feeds: lists of {node, flat, weight}, weight between 0 and 1.

/** The entries that an entry was computed from. */
function sourcesOf(node, flat) {
  const index = indexOf(node.shape, flat);
  const found = new Map();
  const add = (source, at, weight) => {
    if (!isInside(source.shape, at)) return;
    const key = `${source.id}:${flatOf(source.shape, at)}`;
    const known = found.get(key);
    if (known) known.weight += weight;
    else found.set(key, { node: source, flat: flatOf(source.shape, at), weight });
  };
  if (node.kind === "reshape") add(node.sources[0], indexOf(node.sources[0].shape, flat), 1);
  else if (node.kind === "map" || node.kind === "sum" || node.kind === "argmax") {
    for (const env of assignments(node, index)) addReads(node, env, add);
  }
  return weighed([...found.values()]);
}

function addReads(node, env, add) {
  const { reads, out } = compiled(node);
  const at = reads.map((read) => read.at.map((k) => positionOf(k, env)));
  const product = reads.reduce((total, read, k) => total * valueAt(read.source, at[k]), 1);
  reads.forEach((read, k) => add(read.source, at[k], node.kind === "sum" ? Math.abs(product) : 1));
  for (const index of [...out, ...reads.flatMap((read) => read.at)]) {
    if (index.table) add(index.table, index.at.map((k) => positionOf(k, env)), 0);
  }
}

function weighed(entries) {
  const largest = Math.max(...entries.map((e) => e.weight), 0);
  for (const e of entries) e.weight = largest > 0 ? e.weight / largest : 0;
  return entries;
}

/** The entries that an entry feeds. */
function feedsOf(node, flat) {
  const index = indexOf(node.shape, flat);
  return node.consumers.flatMap((consumer) => {
    const fed = consumer.kind === "reshape" ? [flat] : fedEntries(consumer, node, index);
    return [...fed].map((at) => ({ node: consumer, flat: at, weight: 1 }));
  });
}

function fedEntries(consumer, node, index) {
  const { out, reads, sizes } = compiled(consumer);
  const fed = new Set();
  const collect = (env) => {
    const at = out.map((k) => positionOf(k, env));
    if (isInside(consumer.shape, at)) fed.add(flatOf(consumer.shape, at));
  };
  const indices = [...out, ...reads.flatMap((read) => read.at)];
  const ways = [
    ...reads.filter((read) => read.source === node).map((read) => read.at),
    ...indices.filter((k) => k.table === node).map((k) => k.at),
  ];
  for (const at of ways) {
    const equations = at.map((k, axis) => [k, index[axis]]);
    solve(sizes, equations, collect, startingFrom(sizes, [...out, ...at]));
  }
  return fed;
}

/** An assignment in which letters that matter to none of the indices are 0 already. */
function startingFrom(sizes, indices) {
  const needed = new Set(indices.flatMap((index) => index.letters));
  return Int32Array.from(sizes, (size, letter) => (needed.has(letter) || size === 0 ? -1 : 0));
}

/** Whether a node only moves entries: a reshape, or padding. */
function isRelay(node) {
  if (node.kind === "reshape") return true;
  return node.kind === "sum" && /(^|\/)pad(\.x_bar)?$/.test(node.op);
}

/**
 * Sources, or feeds, and what lies behind nodes that only move entries or that are not on show: of a convolution's
 * output with bias the pixels and taps, too, while the sum without bias is folded away.
 */
function followed(node, flat, step) {
  const found = new Map();
  let front = [{ node, flat }];
  while (front.length && found.size < 20000) {
    const next = front.flatMap((e) => step(e.node, e.flat)).filter((e) => !found.has(`${e.node.id}:${e.flat}`));
    for (const e of next) found.set(`${e.node.id}:${e.flat}`, e);
    front = next.filter((e) => isRelay(e.node) || !isOnShow(e.node));
  }
  return [...found.values()];
}

let onShow = null;

/** Whether a node has a view that is not folded away. */
function isOnShow(node) {
  onShow ??= new Set(views.filter((view) => !view.figure.closest("details:not([open])")).map((view) => view.node));
  return onShow.has(node);
}

const allFeeds = (node, flat) => followed(node, flat, feedsOf);

/** The sources, and of a maximum also the entries that lost. */
function allSources(node, flat) {
  const losers = candidatesOf(node, indexOf(node.shape, flat)).filter((c) => c.inside);
  const lost = losers.map((c) => ({ node: c.node, flat: flatOf(c.node.shape, c.index), weight: 0 }));
  return [...lost, ...followed(node, flat, sourcesOf)];
}

/** What an entry reads outside of arrays, directly or through what is not on show: [{node, index}], each place once. */
function allOutside(node, flat, sources) {
  const hidden = sources.filter((e) => !isOnShow(e.node)).slice(0, 50);
  const places = new Map();
  for (const e of [{ node, flat }, ...hidden]) outsideReads(e.node, e.flat, places);
  return [...places.values()];
}

function outsideReads(node, flat, places) {
  if (node.kind !== "sum" && node.kind !== "argmax") return;
  for (const env of assignments(node, indexOf(node.shape, flat))) {
    for (const { source, at } of compiled(node).reads) {
      const index = at.map((k) => positionOf(k, env));
      if (!isInside(source.shape, index)) places.set(`${source.id}:${index}`, { node: source, index });
    }
  }
}
