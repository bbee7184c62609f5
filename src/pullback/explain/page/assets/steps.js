// Stepping through the run: forward in the order of computation, then backward.

const steps = nodes.filter((node) => node.kind !== "given" && isDrawn(node));
let step = null;
let playing = null;

function isDrawn(node) {
  return page.stages.some((stage) =>
    [...stage.pairs, ...stage.inside].some((p) => p.value === node.id || p.cotangent === node.id) || stage.steps.includes(node.id));
}

/** Show the run up to step k; null shows all of it. */
function goTo(k) {
  step = k === null ? null : Math.min(steps.length - 1, Math.max(0, k));
  document.body.classList.toggle("stepping", step !== null);
  const line = document.getElementById("step-line");
  line.hidden = step === null;
  const current = step === null ? null : steps[step];
  for (const view of views) markStep(view, current);
  if (!current) return;
  line.replaceChildren(...stepWords(current));
  const view = views.find((v) => v.node === current);
  openDetailsOf(view);
  view.figure.scrollIntoView({ behavior: "smooth", block: "center", inline: "center" });
}

function markStep(view, current) {
  const { node, figure } = view;
  const later = current !== null && !node.role && (node.id > current.id || (current.of === "value" && node.of !== "value"));
  figure.classList.toggle("later", later);
  figure.classList.toggle("now", current !== null && node === current);
  figure.classList.toggle("read", current !== null && current.sources.includes(node));
}

/** Boxes that a step opened are closed again when the walk leaves them. */
function openDetailsOf(view) {
  const details = view.figure.closest("details");
  for (const other of document.querySelectorAll("details[data-walk]")) {
    if (other === details) continue;
    other.open = false;
    delete other.dataset.walk;
  }
  if (details && !details.open) {
    details.open = true;
    details.dataset.walk = "";
  }
}

function stepWords(node) {
  const phase = node.of === "value" ? "Forward" : "Backward";
  const same = steps.filter((n) => (n.of === "value") === (node.of === "value"));
  const place = `${phase}, step ${same.indexOf(node) + 1} of ${same.length}`;
  const read = [...new Set(node.sources)].map(nameOf).join(", ");
  const words = element("span", {}, element("b", {}, place), ` · ${nameOf(node)}`, element("small", {}, ` from ${read}`));
  return [words, math(node.print.general)];
}

function stepBy(k) {
  if (step === null) goTo(k > 0 ? 0 : steps.length - 1);
  else if (step + k >= steps.length) goTo(null);
  else goTo(step + k);
}

function togglePlay(on = playing === null) {
  clearInterval(playing);
  playing = null;
  if (on) {
    if (step === null) goTo(0);
    playing = setInterval(() => {
      stepBy(1);
      if (step === null) togglePlay(false);
    }, 1400);
  }
  const play = document.getElementById("step-play");
  play.textContent = on ? "Pause" : "Play";
  play.setAttribute("aria-pressed", String(on));
}

function listenToSteps() {
  const act = { first: () => goTo(0), back: () => stepBy(-1), next: () => stepBy(1), play: () => togglePlay(), all: leaveSteps };
  for (const [name, action] of Object.entries(act)) document.getElementById(`step-${name}`).addEventListener("click", action);
}

function leaveSteps() {
  togglePlay(false);
  goTo(null);
}
