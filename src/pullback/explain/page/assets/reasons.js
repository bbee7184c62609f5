// Why entries are 0: the first cause, found by following the 0 back through copies.

/** Why a product is 0. */
function reasonOf(factors) {
  if (!factors.every((factor) => factor.inside)) return "padding";
  const zero = factors.find((factor) => factor.value === 0);
  return zero ? whyZero(zero) : "underflow";
}

/** The reason that an entry is 0. */
function whyZero(entry) {
  let found = entry;
  while (typeof found !== "string") found = zeroStep(found.node, found.index);
  return found;
}

/** The reason, or the entry that this one repeats. */
function zeroStep(node, index) {
  if (node.kind === "given") return node.op === "cotangent" ? "a zero cotangent" : "a given 0";
  if (node.kind === "reshape") {
    const [source] = node.sources;
    return { node: source, index: indexOf(source.shape, flatOf(node.shape, index)) };
  }
  if (node.kind === "sum") return zeroOfSum(node, index);
  return node.kind === "map" ? zeroOfMap(node, index) : "a value that is 0";
}

function zeroOfSum(node, index) {
  if (!reachedEntries(node)[flatOf(node.shape, index)]) {
    if (node.out.some((k) => k.name === "switches")) return "its window has another maximum";
    return isCotangent(node) ? "nothing reads it" : "nothing is written to it";
  }
  const { reads } = compiled(node);
  if (reads.length === 1) {
    const [{ source, at }] = reads;
    const terms = assignments(node, index).map((env) => at.map((k) => positionOf(k, env)));
    if (!terms.some((term) => isInside(source.shape, term))) return "padding";
    if (terms.length === 1) return { node: source, index: terms[0] };
  }
  return plainZero(node);
}

function zeroOfMap(node, index) {
  const operator = node.op.split("/").at(-1);
  const [name, bar = ""] = operator.split(".");
  const first = firstRead(node, index);
  const firstIsZero = valueAt(first.node, first.index) === 0;
  const operands = node.inputs.length;
  if (bar.endsWith("_bar")) return firstIsZero ? first : switchedOff(name, operands < 3) || `the derivative of ${name} is 0`;
  if (name === "accumulate") return first;
  if (isDropout(name) && firstIsZero) return first;
  return switchedOff(name, operands < 2) || plainZero(node);
}

/** What a ReLU or dropout does with an entry that comes out as 0; alone: x is compared with a number. */
function switchedOff(name, alone) {
  if (isDropout(name)) return "dropped";
  return alone && (name === "relu" || name === "maximum") ? "the ReLU is off" : "";
}

function isDropout(name) {
  return name === "dropout" || name === "dropout_channels";
}

function plainZero(node) {
  return isCotangent(node) ? "a zero cotangent" : "a value that is 0";
}

function isCotangent(node) {
  return node.of === "cotangent" || node.of === "step";
}

function firstRead(node, index) {
  const [env] = assignments(node, index);
  const [read] = compiled(node).reads;
  return { node: read.source, index: read.at.map((k) => positionOf(k, env)) };
}

/** Which entries a sum writes to at all. */
function reachedEntries(node) {
  if (node.reached) return node.reached;
  const { sizes, out } = compiled(node);
  const reached = new Uint8Array(node.size);
  const mark = (env) => {
    const at = out.map((k) => positionOf(k, env));
    if (isInside(node.shape, at)) reached[flatOf(node.shape, at)] = 1;
  };
  if (!sizes.includes(0)) solve(sizes, [], mark, startingFrom(sizes, out));
  return (node.reached = reached);
}
