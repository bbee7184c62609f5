// The elementwise functions of expressions, entry by entry.

const functions = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  negative: (a) => -a,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  power: (a, b) => (b === 2 ? a * a : b === 3 ? a * a * a : a ** b),
  exp: Math.exp,
  log: Math.log,
  log1p: Math.log1p,
  expm1: Math.expm1,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  arcsin: Math.asin,
  arccos: Math.acos,
  arctan: Math.atan,
  arcsinh: Math.asinh,
  arccosh: Math.acosh,
  arctanh: Math.atanh,
  arctan2: Math.atan2,
  cbrt: Math.cbrt,
  sqrt: Math.sqrt,
  sigmoid: (a) => (a >= 0 ? 1 : Math.exp(a)) / (1 + Math.exp(-Math.abs(a))),
  softplus: (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
  erf,
  abs: Math.abs,
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  rint: (a) => (Math.abs(a % 1) === 0.5 ? 2 * Math.round(a / 2) : Math.round(a)),
  floor_divide: (a, b) => Math.floor(a / b),
  remainder: (a, b) => ((a % b) + b) % b,
  maximum: Math.max,
  minimum: Math.min,
  where: (condition, a, b) => (condition ? a : b),
  stop: (a) => a,
  greater: (a, b) => Number(a > b),
  greater_equal: (a, b) => Number(a >= b),
  less: (a, b) => Number(a < b),
  less_equal: (a, b) => Number(a <= b),
  equal: (a, b) => Number(a === b),
  not_equal: (a, b) => Number(a !== b),
  logical_and: (a, b) => Number(Boolean(a) && Boolean(b)),
  logical_or: (a, b) => Number(Boolean(a) || Boolean(b)),
  logical_not: (a) => Number(!a),
  isfinite: (a) => Number(Number.isFinite(a)),
};

/** The error function: its Taylor series near 0, the continued fraction of its complement further out. */
function erf(x) {
  const y = Math.abs(x);
  if (Number.isNaN(y) || y === 0) return x;
  if (y > 6) return Math.sign(x);
  return Math.sign(x) * (y < 2.5 ? erfSeries(y) : 1 - erfcFraction(y));
}

function erfSeries(y) {
  // Σ 2ᵏ y²ᵏ⁺¹ / (1·3·5···(2k+1)) · exp(−y²): all terms are positive, so nothing cancels.
  let term = y;
  let sum = y;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (2 * y * y) / (2 * k + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-y * y) * sum;
}

function erfcFraction(y) {
  let fraction = 0;
  for (let k = 60; k > 0; k--) fraction = k / 2 / (y + fraction);
  return Math.exp(-y * y) / Math.sqrt(Math.PI) / (y + fraction);
}

/** The value of a node's expression, given the value of each operand. */
function evaluated(expression, operands) {
  const values = [];
  for (const [what, detail] of expression) {
    if (what === "read") values.push(operands[detail]);
    else if (what === "number") values.push(numberOf(detail));
    else values.push(functions[what](...detail.map((k) => values[k])));
  }
  return values.at(-1);
}

function numberOf(detail) {
  const special = { inf: Infinity, "-inf": -Infinity, nan: NaN };
  return typeof detail === "string" ? special[detail] : detail;
}
