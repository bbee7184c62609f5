// Formulas as MathML: the blanks @0, @1, … are filled with arrays at an entry's indices, or with numbers.

/** The formula of one entry, its indices put in. */
function formulaAt(node, index) {
  if (!node.print?.refs.length) return node.print?.general ?? "";
  if (node.kind === "reshape") return filled(node, [refAt(node, 0, index), refAt(node, 1, indexOf(node.sources[0].shape, flatOf(node.shape, index)))], []);
  const known = knownLetters(node.print.refs[0].at, index);
  const refs = node.print.refs.map((ref, k) => (k === 0 ? refAt(node, 0, index) : refWith(ref, known)));
  if (node.print.conditions.some((c) => !c.open && fixedPosition(c.index, known) !== known[c.name])) {
    return `<math display="block">${refs[0]}<mo>=</mo><mn>0</mn></math>`;
  }
  const conditions = node.print.conditions.map(({ index: at, name }) => [indexMath(at, known), number(known[name])]);
  return filled(node, refs, conditions);
}

/** The formula of one entry with the numbers in place of what it reads. */
function formulaInNumbers(node, index, factors) {
  const values = factors.map((factor) => {
    const text = scientific(written(factor.value));
    return factor.value < 0 ? `<mrow><mo>(</mo>${text}<mo>)</mo></mrow>` : text;
  });
  return filled(node, [refAt(node, 0, index), ...values], []);
}

function scientific(text) {
  const [mantissa, exponent] = text.split("e");
  if (exponent === undefined) return `<mn>${text}</mn>`;
  const power = exponent.replace("+", "").replace(/^(−?)0+/, "$1");
  return `<mrow><mn>${mantissa}</mn><mo>·</mo><msup><mn>10</mn><mn>${power}</mn></msup></mrow>`;
}

function filled(node, refs, conditions) {
  return node.print.at
    .replace(/<mtext>@(\d+)<\/mtext>/g, (_, k) => refs[k] ?? "")
    .replace(/<mtext>@c(\d+)<\/mtext>/g, (_, k) => conditions[k]?.[0] ?? "")
    .replace(/<mtext>@n(\d+)<\/mtext>/g, (_, k) => conditions[k]?.[1] ?? "");
}

/** What the entry says of the letters on the left: n = 0; 2g+o = 5 gives g = 2, o = 1. */
function knownLetters(at, entry) {
  const known = {};
  at.forEach((index, axis) => {
    let rest = entry[axis];
    const coefs = [...(index.c ?? [])].sort((a, b) => b[1] - a[1]);
    for (const [letter, c] of coefs) {
      known[letter] = coefs.length > 1 ? Math.floor(rest / c) : rest;
      if (coefs.length > 1) rest -= known[letter] * c;
    }
  });
  return known;
}

/** The position that an index stands for whose letters are all known. */
function fixedPosition(index, known) {
  if (index.c) return index.c.reduce((total, [letter, c]) => total + c * known[letter], index.k);
  return digit(index, index.table[fixedPosition(index.at[0], known)]);
}

function refAt(node, k, index) {
  return subscripted(node.print.refs[k].array, index.map((v) => number(v)));
}

function refWith(ref, known) {
  return subscripted(ref.array, ref.at.map((index) => indexMath(index, known)));
}

function subscripted(array, indices) {
  return indices.length ? `<msub><mrow>${array}</mrow><mrow>${indices.join("<mo>,</mo>")}</mrow></msub>` : array;
}

/** An index map as MathML, its known letters put in. */
function indexMath(index, known) {
  if (!index.c) return lookupMath(index, known);
  let constant = index.k;
  const parts = [];
  for (const [letter, c] of index.c) {
    if (letter in known) constant += c * known[letter];
    else parts.push([c, (Math.abs(c) === 1 ? "" : `<mn>${Math.abs(c)}</mn>`) + letterMath(letter)]);
  }
  if (constant || !parts.length) parts.push([constant, number(Math.abs(constant))]);
  // 5−2p rather than −2p+5
  if (parts[0][0] < 0) parts.sort((a, b) => (b[0] > 0) - (a[0] > 0));
  return parts.map(([c, text], k) => (c < 0 ? "<mo>−</mo>" : k ? "<mo>+</mo>" : "") + text).join("");
}

function lookupMath(index, known) {
  const at = index.at.map((a) => indexMath(a, known));
  const entry = subscripted(`<mtext>${index.name}</mtext>`, at);
  const shifted = index.stride > 1 ? `<mo>⌊</mo>${entry}<mo>/</mo><mn>${index.stride}</mn><mo>⌋</mo>` : entry;
  return index.size === undefined ? shifted : `${shifted}<mo>mod</mo><mn>${index.size}</mn>`;
}

function letterMath(letter) {
  return letter.length > 1 ? `<msub><mi>${letter[0]}</mi><mn>${letter.slice(1)}</mn></msub>` : `<mi>${letter}</mi>`;
}

function number(k) {
  return `<mn>${minus(k)}</mn>`;
}
