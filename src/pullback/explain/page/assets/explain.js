// The sum behind one entry: its terms with their factors, products and reasons to vanish, and their total.

/** Explain an entry as {kind, node, index, value, terms, total, candidates, vanished}. */
function explained(node, index) {
  const start = { node, index, value: valueAt(node, index), terms: [], candidates: [] };
  const explain = { sum: explainedSum, map: explainedMap, argmax: explainedArgmax, reshape: explainedCopy }[node.kind];
  if (!explain) return { ...start, kind: node.kind, total: start.value, vanished: new Map() };
  const found = { ...start, ...explain(node, index, start.value) };
  return { ...found, vanished: counted(found.terms) };
}

function explainedSum(node, index) {
  const terms = assignments(node, index).map((env) => termOf(node, env));
  const candidates = candidatesOf(node, index);
  const copied = node.scale === 1 && terms.length === 1 && terms[0].factors.length === 1 && terms[0].factors[0].inside;
  const kind = candidates.length ? "maximum" : copied ? "copy" : "sum";
  return { kind, terms, candidates, total: terms.reduce((total, term) => total + term.product, 0) };
}

function termOf(node, env) {
  const { reads } = compiled(node);
  const factors = reads.map((read) => factorOf(read.source, read.at.map((k) => positionOf(k, env))));
  // A term that reads outside is 0, even where another factor is infinite.
  const counts = factors.every((factor) => factor.inside);
  const product = counts ? factors.reduce((total, factor) => total * factor.value, node.scale) : 0;
  const term = { env, factors, product };
  term.reason = product === 0 ? reasonOf(factors) : "";
  term.folded = foldedBy(node, env);
  return term;
}

function factorOf(source, index) {
  return { node: source, index, value: valueAt(source, index), inside: isInside(source.shape, index) };
}

function explainedMap(node, index) {
  const [env] = assignments(node, index);
  const { reads } = compiled(node);
  const factors = reads.map((read) => factorOf(read.source, read.at.map((k) => positionOf(k, env))));
  const operands = [];
  node.reads.forEach((read, k) => (operands[read.operand] = factors[k].value));
  const total = evaluated(node.expression, operands);
  return { kind: "expression", total, terms: [{ env, factors, product: total, reason: "" }] };
}

function explainedCopy(node, index, value) {
  const [source] = node.sources;
  const factor = factorOf(source, indexOf(source.shape, flatOf(node.shape, index)));
  return { kind: "copy", total: factor.value, terms: [{ env: [], factors: [factor], product: value, reason: "" }] };
}

/** The switch, computed anew: the first of the largest candidates, as a flat position in its plane. */
function explainedArgmax(node, index) {
  const candidates = competing(node, index);
  let best = null;
  for (const c of candidates) {
    if (c.inside && (best === null || c.value > best.value || (Number.isNaN(c.value) && !Number.isNaN(best.value)))) best = c;
  }
  const [source] = node.sources;
  const total = best ? node.axes.reduce((flat, axis) => flat * source.shape[axis] + best.index[axis], 0) : 0;
  return { kind: "position", candidates, total, winner: best };
}

function competing(node, index) {
  const [read] = compiled(node).reads;
  return assignments(node, index).map((env) => factorOf(read.source, read.at.map((k) => positionOf(k, env))));
}

/** What a gather by switches chose from. */
function candidatesOf(node, index) {
  if (node.kind !== "sum") return [];
  const { reads } = compiled(node);
  const chooser = reads.length === 1 ? reads[0].at.find((k) => k.table)?.table : null;
  return chooser?.kind === "argmax" ? competing(chooser, index) : [];
}

function counted(terms) {
  const counts = new Map();
  for (const { reason } of terms) if (reason) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return counts;
}

/** Where a term of a padding's gradient was folded back from the border: the name of the padding mode. */
function foldedBy(node, env) {
  const lookup = compiled(node).out.find((k) => k.entries && isPaddingTable(k.raw.name));
  if (!lookup) return "";
  const at = positionOf(lookup.at[0], env);
  const first = interiorStart(lookup.entries);
  const size = Math.max(...lookup.entries) + 1;
  return at < first || at >= first + size ? lookup.raw.name : "";
}

function isPaddingTable(name) {
  return name === "reflect" || name === "replicate" || name === "circular";
}

/** Where the array itself begins in a padding table: of the runs 0, 1, 2, … through all its entries the middle one. */
function interiorStart(entries) {
  const size = Math.max(...entries) + 1;
  const middle = (entries.length - size) / 2;
  let best = 0;
  for (let k = 0; k + size <= entries.length; k++) {
    const whole = entries.slice(k, k + size).every((entry, j) => entry === j);
    if (whole && Math.abs(k - middle) <= Math.abs(best - middle)) best = k;
  }
  return best;
}
