// Putting it together: keys, search, printing, and the page's first picture.

function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input")) return;
    const inControl = event.target.closest("button, summary");
    const act = { ArrowRight: () => stepBy(1), ArrowLeft: () => stepBy(-1), Home: () => step !== null && goTo(0), Escape: escape };
    if (!inControl) act[" "] = () => togglePlay();
    if (!act[event.key]) return;
    event.preventDefault();
    act[event.key]();
  });
}

/** Escape closes what was opened last: the panel, then the walk, then the focus on an image. */
function escape() {
  if (!panel.hidden) closePanel();
  else if (step !== null) leaveSteps();
  else document.activeElement?.blur();
}

/** "conv1.weight:0,0,1,2": a parameter's or input's gradient, any other name's value, as `pullback explain` reads it. */
function findEntry(text) {
  const [, name, rest = ""] = /^([^:[]*)(?:[:[]([^\]]*)\]?)?$/.exec(text.trim()) ?? [];
  const known = nodes.filter((node) => node.name === name?.trim() && node.of !== "constant");
  const node = known.find((n) => n.of === (isLeafName(n.name) ? "cotangent" : "value")) ?? known[0] ?? aliased(name?.trim());
  if (!node) return `There is no ${text.trim() || "name"} here.`;
  const index = rest.trim() ? rest.split(",").map(Number) : node.shape.map(() => 0);
  if (index.length !== node.shape.length || !index.every(Number.isInteger) || !isInside(node.shape, index)) {
    return `${nameOf(node)} has the shape ${node.shape.join("×") || "of one number"}.`;
  }
  openEntry(node, flatOf(node.shape, index));
  return "";
}

function aliased(name) {
  const pairs = page.stages.flatMap((stage) => [...stage.pairs, ...stage.inside]);
  const pair = pairs.find((p) => p.aliases.includes(name));
  return pair ? nodes[pair.value] : null;
}

function listenToSearch() {
  const input = document.getElementById("find-entry");
  const names = new Set(nodes.filter((n) => n.of === "value" || n.of === "step").map((n) => n.name));
  const first = nodes.find((node) => node.of === "cotangent" && isLeafName(node.name));
  if (first) input.placeholder = `${first.name}${first.shape.length ? ":" : ""}${first.shape.map((n) => Math.min(1, n - 1)).join(",")}`;
  document.getElementById("names").append(...[...names].map((name) => element("option", { value: name })));
  document.getElementById("find").addEventListener("submit", (event) => {
    event.preventDefault();
    input.setCustomValidity(findEntry(input.value));
    input.reportValidity();
  });
  input.addEventListener("input", () => input.setCustomValidity(""));
}

/** Paper is light whatever the screen is. */
function listenToPrinting() {
  const print = (on) => () => {
    printing = on;
    redraw();
  };
  addEventListener("beforeprint", print(true));
  addEventListener("afterprint", print(false));
  darkScheme.addEventListener("change", redraw);
  document.getElementById("dots").addEventListener("change", redraw);
}

function sayPrecision() {
  const rounded = nodes.filter((node) => node.format === "rounded");
  const names = rounded.map(nameOf).join(", ");
  document.getElementById("precision").textContent = rounded.length
    ? `Computed in float64. To keep this file small, these are kept to 7 digits (float32): ${names}. Everything else is exact to the last bit.`
    : "Computed in float64, and kept to the last bit.";
}

buildPipeline();
listenToSteps();
listenToKeys();
listenToSearch();
listenToPrinting();
sayPrecision();
addEventListener("hashchange", showAddress);
showAddress();

// What tests and the curious read: the same functions that the page uses.
window.pullback = { nodes, views, steps, explained, sourcesOf, feedsOf, allSources, winners, formulaAt, cornerOf, colorOf, nameOf, openEntry };
