// Index maps: where an assignment of the letters reads or writes, and which assignments address an entry.
// An assignment is an array with one value per letter of the node, −1 where the letter is still open.

/** Compile the index maps of a node once: letters become positions in the assignment. */
function compiled(node) {
  if (node.compiled) return node.compiled;
  const names = (node.letters ?? []).map(([name]) => name);
  const sizes = (node.letters ?? []).map(([, size]) => size);
  const one = (index) => compiledIndex(index, names, node);
  const reads = (node.reads ?? []).map((read) => ({
    source: node.sources[read.operand],
    at: read.at.map(one),
  }));
  return (node.compiled = { names, sizes, out: (node.out ?? []).map(one), reads });
}

function compiledIndex(index, names, node) {
  if (index.c) {
    const letters = index.c.map(([name]) => names.indexOf(name));
    const coefs = index.c.map(([, c]) => c);
    return { letters, coefs, constant: index.k, affine: true, raw: index };
  }
  const at = index.at.map((a) => compiledIndex(a, names, node));
  return {
    at,
    affine: false,
    letters: [...new Set(at.flatMap((a) => a.letters))],
    table: index.operand === undefined ? null : node.sources[index.operand],
    entries: index.table,
    stride: index.stride,
    size: index.size,
    raw: index,
  };
}

/** The position along an axis for an assignment. */
function positionOf(index, env) {
  if (!index.affine) return digit(index, tableEntry(index, env));
  let total = index.constant;
  for (let k = 0; k < index.letters.length; k++) total += index.coefs[k] * env[index.letters[k]];
  return total;
}

function tableEntry(index, env) {
  const at = index.at.map((a) => positionOf(a, env));
  return index.table ? index.table.data[flatOf(index.table.shape, at)] : index.entries[at[0]];
}

/** One digit of a flat position: switches hold h·W + w. */
function digit(index, entry) {
  const quotient = Math.floor(entry / index.stride);
  return index.size === undefined ? quotient : ((quotient % index.size) + index.size) % index.size;
}

/**
 * Visit every assignment of the letters that solves the equations [index, value].
 * Affine equations with one open letter are solved for it; only what is left open after that is run through.
 */
function solve(sizes, equations, visit, env = new Int32Array(sizes.length).fill(-1)) {
  const fixed = [];
  const open = settled(sizes, equations, env, fixed);
  if (open) {
    const letter = nextLetter(env, open);
    if (letter < 0) visit(env);
    for (let value = 0; letter >= 0 && value < sizes[letter]; value++) {
      env[letter] = value;
      solve(sizes, open, visit, env);
    }
    if (letter >= 0) env[letter] = -1;
  }
  for (const letter of fixed) env[letter] = -1;
}

/** Fix what the equations fix. Returns the equations that are still open, or null where one has no solution. */
function settled(sizes, equations, env, fixed) {
  let pending = equations;
  for (;;) {
    const open = [];
    let progress = false;
    for (const [index, value] of pending) {
      const unknown = index.letters.filter((letter) => env[letter] < 0);
      if (unknown.length === 0) {
        if (positionOf(index, env) !== value) return null;
      } else if (unknown.length === 1 && index.affine) {
        if (!fix(index, value, unknown[0], sizes, env, fixed)) return null;
        progress = true;
      } else open.push([index, value]);
    }
    if (!progress) return open;
    pending = open;
  }
}

function fix(index, value, letter, sizes, env, fixed) {
  env[letter] = 0;
  const rest = value - positionOf(index, env);
  const solution = rest / index.coefs[index.letters.indexOf(letter)];
  env[letter] = Number.isInteger(solution) && solution >= 0 && solution < sizes[letter] ? solution : -1;
  if (env[letter] >= 0) fixed.push(letter);
  return env[letter] >= 0;
}

/** A letter that an open equation needs, or else any open one; −1 where all are fixed. */
function nextLetter(env, open) {
  for (let letter = 0; letter < env.length; letter++) {
    if (env[letter] < 0 && open.some(([index]) => index.letters.includes(letter))) return letter;
  }
  return env.indexOf(-1);
}

/** All assignments behind an entry, in row-major order of the letters. */
function assignments(node, index) {
  const { sizes, out } = compiled(node);
  const found = [];
  solve(sizes, out.map((at, axis) => [at, index[axis]]), (env) => found.push(Int32Array.from(env)));
  return found.sort((a, b) => {
    const k = a.findIndex((v, j) => v !== b[j]);
    return k < 0 ? 0 : a[k] - b[k];
  });
}
