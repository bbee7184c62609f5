// The terms of a sum as a table: factors with indices and values, products, what vanishes and why, the total.

const PER_PAGE = 60;

function sums(explanation) {
  const { kind } = explanation;
  if (kind === "given" || kind === "random") return [];
  if (kind === "position") return [element("h3", {}, "The switch"), candidateTable(explanation), totalLine(explanation)];
  const candidates = explanation.candidates.length ? [element("h3", {}, "What competed"), candidateTable(explanation)] : [];
  const title = kind === "sum" ? "Terms" : kind === "expression" ? "What it reads" : "Where it comes from";
  return [...candidates, element("h3", {}, title), ...(kind === "sum" ? termList(explanation) : [factorList(explanation)]), totalLine(explanation)];
}

/** The table of terms, with a choice of order and of whether the terms that vanish are listed. */
function termList(explanation) {
  const { terms, vanished } = explanation;
  const alive = terms.filter((term) => !term.reason);
  const state = { largest: terms.length > 12, all: alive.length === terms.length || terms.length <= 30, shown: PER_PAGE };
  const box = element("div", { class: "terms" });
  const draw = () => {
    const rows = state.all ? [...terms] : [...alive];
    if (state.largest) rows.sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
    box.replaceChildren(termTable(explanation, rows.slice(0, state.shown)), ...moreButton(rows, state, draw));
  };
  draw();
  return [vanishedLine(terms, vanished), orderChoice(terms, alive, state, draw), box];
}

function vanishedLine(terms, vanished) {
  const count = [...vanished.values()].reduce((a, b) => a + b, 0);
  const noun = terms.length === 1 ? "term" : "terms";
  const line = element("p", { class: "vanished", id: "vanished" }, `${terms.length} ${noun}`);
  if (!count) return line;
  const reasons = [...vanished].map(([reason, n]) => `${n}: ${reason}`).join("; ");
  line.append(count === terms.length ? `; all vanish (${reasons})` : `, of which ${count} vanish (${reasons})`);
  return line;
}

function orderChoice(terms, alive, state, draw) {
  const row = element("p", { class: "choices" });
  if (terms.length > 1) row.append(checkbox("largest first", state, "largest", draw));
  if (alive.length < terms.length) row.append(checkbox("list those that vanish", state, "all", draw));
  return row;
}

function checkbox(text, state, key, draw) {
  const box = element("input", { type: "checkbox" });
  box.checked = state[key];
  box.addEventListener("change", () => {
    state[key] = box.checked;
    draw();
  });
  return element("label", {}, box, ` ${text}`);
}

function moreButton(rows, state, draw) {
  if (rows.length <= state.shown) return [];
  const more = () => {
    state.shown += PER_PAGE;
    draw();
  };
  return [button(`Show ${Math.min(PER_PAGE, rows.length - state.shown)} more of ${rows.length}`, more, { class: "more" })];
}

function termTable({ node }, terms) {
  const table = element("table");
  const head = element("tr");
  compiled(node).reads.forEach((read, k) => {
    const symbol = element("span");
    symbol.innerHTML = `<math>${node.print.refs[k + 1].array}</math>`;
    head.append(element("th", { scope: "col" }, symbol, " ", nameOf(read.source)));
  });
  head.append(element("th", { scope: "col", class: "product" }, node.scale === 1 ? "product" : `product · ${written(node.scale)}`));
  table.append(element("thead", {}, head));
  const most = Math.max(...terms.map((term) => Math.abs(term.product)), 0);
  table.append(element("tbody", {}, ...terms.map((term) => termRow(term, most))));
  return element("div", { class: "scroll" }, table);
}

function termRow(term, most) {
  const row = element("tr", term.reason ? { class: "zero" } : {});
  for (const factor of term.factors) row.append(element("td", {}, factorCell(factor)));
  const product = element("td", { class: "product" }, element("span", { class: "number" }, written(term.product)));
  if (term.reason) product.append(element("small", {}, term.reason));
  else product.append(magnitude(term.product, most));
  if (term.folded) product.append(element("small", { class: "folded" }, `folded back from the border (${term.folded})`));
  row.append(product);
  return row;
}

function magnitude(x, most) {
  const bar = element("i", { class: x < 0 ? "magnitude negative" : "magnitude" });
  bar.style.width = `${most ? (100 * Math.abs(x)) / most : 0}%`;
  return bar;
}

/** A factor: its index and value, to be opened; a read from the padding cannot be opened. */
function factorCell({ node, index, value, inside }) {
  const text = written(value);
  if (inside) return entryButton(node, index, text, true);
  return element("span", { class: "outside" }, `[${index.map(minus).join(",")}] `, element("b", {}, "0"), element("small", {}, "padding"));
}

function factorList({ terms }) {
  const list = element("ul", { class: "factors" });
  for (const factor of terms[0]?.factors ?? []) {
    const text = `= ${written(factor.value)}`;
    list.append(element("li", {}, factor.inside ? entryButton(factor.node, factor.index, text) : `${entryName(factor.node, factor.index)}: padding, 0`));
  }
  return list;
}

/** The candidates of a maximum, the winner marked. */
function candidateTable({ node, candidates, value, kind, winner }) {
  const list = element("ul", { class: "factors" });
  const won = winner ?? candidates.find((c) => c.inside && c.value === value);
  for (const c of candidates) {
    const item = element("li", c === won ? { class: "won" } : {});
    item.append(c.inside ? entryButton(c.node, c.index, `= ${written(c.value)}`) : `${entryName(c.node, c.index)}: outside, takes no part`);
    list.append(item);
  }
  if (kind === "position" && node.axes.length > 1) {
    list.append(element("li", { class: "note" }, `The switch is the winner's row-major position in its ${node.axes.map((k) => node.sources[0].shape[k]).join("×")} plane.`));
  }
  return list;
}

/** The total, and how far it is from the run's own number. */
function totalLine({ total, value, kind, node }) {
  const name = { sum: "Total", maximum: "Maximum", expression: "Value", copy: "The same number", position: "Position" }[kind];
  const line = element("p", { class: "total" }, `${name} `, element("output", { id: "entry-total" }, written(total)));
  const off = Math.abs(total - value);
  const agrees = Object.is(total, value) || total === value;
  const rounded = [node, ...node.sources].some((n) => n.format === "rounded");
  const why = rounded ? "numbers of this tensor were rounded to 7 digits for the file" : "rounding";
  line.append(element("small", {}, agrees ? "equal to the run's number" : `the run's number differs by ${written(off, 2)}: ${why}`));
  return line;
}
