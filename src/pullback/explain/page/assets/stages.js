// The pipeline: one box per layer, its arrays in it.

function buildPipeline() {
  const list = document.getElementById("pipeline");
  page.stages.forEach((stage) => list.append(stageBox(stage)));
  redraw();
}

function stageBox(stage) {
  const box = element("li", { class: "stage", id: `stage-${stage.title}` });
  const operator = stage.operator && stage.operator !== stage.title ? element("span", { class: "operator" }, stage.operator) : null;
  box.append(element("h2", {}, stage.title, operator));
  if (stage.reads.length) box.append(readsLine(stage));
  box.append(...stageFormulas(stage));
  box.append(element("div", { class: "pairs" }, ...columnsOf(stage)));
  if (stage.inside.length || stage.steps.length) box.append(insideOf(stage));
  return box;
}

/** Parameters share a column; what a layer reads and computes has one of its own. */
function columnsOf({ pairs }) {
  const given = pairs.filter((pair) => nodes[pair.value].role);
  const computed = pairs.filter((pair) => !nodes[pair.value].role);
  const column = element("div", { class: "parameters" }, ...given.map(pairColumn));
  const padded = computed.slice(0, -1).map(pairColumn);
  return [...padded, ...(given.length ? [column] : []), ...computed.slice(-1).map(pairColumn)];
}

function readsLine(stage) {
  const line = element("p", { class: "reads" }, "reads ");
  stage.reads.forEach((title, k) => {
    const target = document.getElementById(`stage-${title}`);
    const jump = button(title, () => target?.scrollIntoView({ behavior: "smooth", block: "center" }));
    line.append(k ? ", " : "", jump);
  });
  return line;
}

/** The formulas of a layer of one or two steps; of a longer one only the last. */
function stageFormulas(stage) {
  const made = stage.computed.map((id) => nodes[id]).filter((node) => node.print && node.kind !== "random" && (!isRelay(node) || node.kind === "reshape"));
  const shown = made.length <= 3 ? made : made.slice(-1);
  return shown.map((node) => math(node.print.general));
}

function insideOf(stage) {
  const count = stage.inside.length + stage.steps.length;
  const details = element("details", {}, element("summary", {}, `${count} more inside`));
  const steps = stage.steps.map((id) => element("div", { class: "pair" }, createView(nodes[id], `step ${shortName(nodes[id].name, stage)}`).figure));
  details.append(element("div", { class: "pairs" }, ...stage.inside.map((pair) => pairColumn(pair, stage)), ...steps));
  details.addEventListener("toggle", () => {
    for (const view of views) if (view.stale) drawIfShown(view);
    // What is on show decides what is lit.
    onShow = lit = null;
    highlight();
  });
  return details;
}

function shortName(name, stage) {
  return name.startsWith(`${stage.title}/`) ? name.slice(stage.title.length + 1) : name;
}

/** A value, and below it what came back: its cotangent, or gradient. */
function pairColumn(pair) {
  const column = element("div", { class: "pair" });
  const alias = pair.aliases.length ? element("span", { class: "alias" }, `= ${pair.aliases.join(" = ")}`) : "";
  column.append(createView(nodes[pair.value], element("span", {}, pair.name, " ", alias)).figure);
  if (pair.cotangent !== null) {
    const what = pair.leaf ? "gradient" : "cotangent";
    column.append(createView(nodes[pair.cotangent], element("span", { class: "what" }, what)).figure);
  } else if (pair.differentiable) {
    column.append(element("p", { class: "none" }, "no cotangent flows back"));
  }
  return column;
}

/** Draw everything anew; what lies in a closed box is drawn when that is opened. */
function redraw() {
  for (const view of views) view.stale = true;
  for (const view of views) drawIfShown(view);
  highlight();
}

function drawIfShown(view) {
  if (view.figure.closest("details:not([open])")) return;
  view.stale = false;
  drawView(view);
}
