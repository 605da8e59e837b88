// The movements of MRR between the start and the end of a window.

import { byId, el, fillSelect } from "./dom.js";
import { figure, signed } from "./format.js";
import { openPanel } from "./panel.js";
import { definitionOf, on, store, valueOf } from "./store.js";
import { windowWords } from "./words.js";

const STEPS = [
  ["new_mrr", "New", 1],
  ["expansion_mrr", "Expansion", 1],
  ["reactivation_mrr", "Reactivation", 1],
  ["contraction_mrr", "Contraction", -1],
  ["churned_mrr", "Churned", -1],
  ["fx_mrr", "Exchange rates", 1],
];

// Rows of [name, label, from, to, kind, amount text]; null where the window has no movements.
function rows(window) {
  const opening = valueOf(`opening_mrr.${window}`);
  if (typeof opening !== "number") return null;
  const found = [[`opening_mrr.${window}`, "Opening", 0, opening, "total", figure(opening, "money", { isShort: true })]];
  let level = opening;
  for (const [kpi, label, sign] of STEPS) {
    const amount = sign * (valueOf(`${kpi}.${window}`) ?? 0);
    if (kpi === "fx_mrr" && amount === 0) continue;
    const kind = amount > 0 ? "up" : amount < 0 ? "down" : "none";
    found.push([`${kpi}.${window}`, label, level, level + amount, kind, signed(amount, "money", { isShort: true })]);
    level += amount;
  }
  found.push([`net_new_mrr.${window}`, "Closing", 0, level, "total", figure(level, "money", { isShort: true })]);
  return found;
}

// The scale leaves out what all bars have in common where that would hide the movements.
function scale(found) {
  const levels = found.flatMap(([, , from, to, kind]) => (kind === "total" ? [to] : [from, to]));
  const [low, high] = [Math.min(...levels), Math.max(...levels)];
  const moved = high - low;
  const start = low > 0 && moved < low ? Math.max(0, low - Math.max(moved * 0.6, high * 0.02)) : Math.min(0, low);
  return { start, span: high - start || 1, isCut: start > 0 };
}

function draw(list, window) {
  const found = store.snapshot ? rows(window) : null;
  if (!found) {
    list.replaceChildren(el("li", { class: "soft empty" }, store.hasSnapshot ? "No movements in this segment." : "Waiting for the first snapshot."));
    return;
  }
  const { start, span, isCut } = scale(found);
  list.toggleAttribute("data-cut", isCut);
  list.replaceChildren(...found.map(([name, label, from, to, kind, text]) => {
    const [left, right] = [Math.min(from, to), Math.max(from, to)].map((level) => Math.max(0, (level - start) / span));
    const bar = el("span", { class: "wf-bar", "data-kind": kind });
    bar.style.insetInlineStart = `${left * 100}%`;
    bar.style.inlineSize = `${(right - left) * 100}%`;
    const button = el("button", {
      type: "button", class: "what", "aria-haspopup": "dialog", onclick: () => openPanel(name),
    }, label);
    return el("li", { "data-kind": kind },
      el("span", { class: "wf-label" }, button),
      el("span", { class: "wf-track", "aria-hidden": "true" }, bar),
      el("span", { class: "wf-amount" }, text));
  }));
}

export function start() {
  const [select, list] = [byId("mrr-window"), byId("waterfall")];
  const windows = [...store.definitions.values()].filter(({ kpi }) => kpi === "opening_mrr").map(({ window }) => window);
  fillSelect(select, [["", windows.map((window) => [window, windowWords(window)])]], definitionOf("opening_mrr.30d") ? "30d" : windows[0]);
  let drawn = "";
  const update = () => {
    const state = JSON.stringify([select.value, store.hasSnapshot, store.snapshot ? rows(select.value) : null]);
    if (state === drawn) return; // a button that has the focus keeps it
    drawn = state;
    draw(list, select.value);
  };
  select.addEventListener("change", update);
  on("snapshot", update);
}
