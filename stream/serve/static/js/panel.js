// What a number means: opened by a click on any of them.

import { Unanswered, ask } from "./api.js";
import { RANGES, makeChart } from "./chart.js";
import { byId, el, fillChips, fillSelect, setText } from "./dom.js";
import { figure, unitMeaning, unitWord } from "./format.js";
import { definitionOf, on, reasonOf, store, valueOf } from "./store.js";
import { rowsOf } from "./table.js";
import { spoken, windowWords } from "./words.js";

const SHOWN = 12;
let open = null;

const dimensions = () =>
  [...new Set(store.segments.filter((name) => name !== "all").map((name) => name.split("=")[0]))];

export function openPanel(name) {
  const definition = definitionOf(name);
  if (!definition) return;
  close();
  const parts = {
    figure: el("span", { class: "figure" }),
    unit: el("span", { class: "unit" }),
    reason: el("p", { class: "reason" }),
    chart: el("div", { class: "chart" }),
    ranges: el("div", { class: "chips", role: "group", "aria-label": "How far back" }),
    windows: el("div", { class: "chips", role: "group", "aria-label": "Window" }),
    dimension: el("select", { id: "panel-dimension" }),
    breakdown: el("div", { class: "breakdown" }),
    table: el("div", { class: "scroll" }),
  };
  const dialog = byId("panel");
  dialog.replaceChildren(...content(definition, parts));
  const isTable = definition.unit === "table";
  open = { name, definition, parts, isTable, range: 24 * 3_600, chart: isTable ? null : makeChart(parts.chart, 200) };
  fillWindows();
  if (!isTable) fillChips(parts.ranges, RANGES, open.range, (range) => open.chart.show(open.name, (open.range = range)));
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  open.chart?.show(name, open.range);
  fillDimensions();
  update();
}

function content(definition, parts) {
  const isTable = definition.unit === "table";
  const close = el("button", { type: "button", class: "quiet close", "aria-label": "Close", onclick: () => byId("panel").close() }, "✕");
  return [
    el("header", { class: "head" }, el("h2", { id: "panel-title" }, definition.title), close),
    el("p", { class: "lead-text" }, definition.description),
    el("p", { class: "number" }, parts.figure, " ", parts.unit),
    parts.reason,
    parts.windows,
    ...(isTable ? [parts.table] : [el("div", { class: "head" }, el("h3", {}, "History"), parts.ranges), parts.chart]),
    el("h3", {}, "What it means"),
    el("dl", { class: "facts" },
      ...fact("Formula", definition.definition),
      ...fact("Unit", unitMeaning(definition.unit)),
      ...fact("Segments", definition.segments),
      ...fact("Source", definition.source && el("a", { href: definition.source, rel: "noreferrer", target: "_blank" }, hostOf(definition.source))),
      ...fact("Definition", `version ${definition.version}`),
      ...fact("Read it", el("code", {}, `HGET ${store.namespace}:snapshot:${store.segment} <value>`), "read")),
    ...(isTable ? [] : [
      el("div", { class: "head by" }, el("h3", {}, "By segment"),
        el("label", { class: "hidden", for: "panel-dimension" }, "Dimension"), parts.dimension),
      parts.breakdown,
    ]),
  ];
}

function fact(term, meaning, mark = null) {
  return meaning ? [el("dt", {}, term), el("dd", { "data-fact": mark }, meaning)] : [];
}

function hostOf(address) {
  try {
    const { hostname } = new URL(address);
    return `${hostname.replace(/^www\./, "")} ↗`;
  } catch {
    return address;
  }
}

function fillWindows() {
  const { definition, parts } = open;
  const windows = [...store.definitions.values()].filter(({ kpi }) => kpi === definition.kpi);
  if (windows.length < 2) return;
  fillChips(parts.windows, windows.map((one) => [one.name, one.window.replaceAll("_", " ")]), definition.name, (name) => {
    open.name = name;
    open.definition = definitionOf(name);
    open.chart?.show(name, open.range);
    update();
    breakDown();
  });
}

function update() {
  if (!open) return;
  const { name, definition, parts } = open;
  const value = valueOf(name);
  setText(parts.figure, figure(value, definition.unit));
  setText(parts.unit, [value === null || value === undefined ? "" : unitWord(definition.unit, value), windowWords(definition.window)].filter(Boolean).join(", "));
  const reason = reasonOf(name);
  const missing = store.hasSnapshot && value === undefined ? "This segment has no such value." : "";
  setText(parts.reason, reason ? `${value === null ? "No value" : "Qualified"}: ${reason}` : missing);
  const read = byId("panel").querySelector('[data-fact="read"] code');
  if (read) setText(read, `HGET ${store.namespace}:snapshot:${store.segment} ${name}`);
  if (open.isTable) parts.table.replaceChildren(rowsOf(value, definition));
}

function fillDimensions() {
  const there = dimensions();
  const { parts, isTable } = open;
  if (isTable) return;
  byId("panel").querySelector(".by").hidden = !there.length;
  if (!there.length) return;
  fillSelect(parts.dimension, [["", there.map((name) => [name, spoken(name)])]], there.includes("plan") ? "plan" : there[0]);
  parts.dimension.addEventListener("change", breakDown);
  breakDown();
}

async function breakDown() {
  const { name, definition, parts, isTable } = open;
  if (isTable || !parts.dimension.value) return;
  let found;
  try {
    found = await ask("breakdown", { value: name, dimension: parts.dimension.value });
  } catch (error) {
    if (error instanceof Unanswered || error instanceof TypeError) return;
    throw error;
  }
  if (open?.name !== name) return;
  const entries = Object.entries(found.segments).sort(([, a], [, b]) => (b ?? -Infinity) - (a ?? -Infinity));
  const most = Math.max(...entries.map(([, value]) => Math.abs(value ?? 0)), 0);
  parts.breakdown.replaceChildren(...entries.slice(0, SHOWN).map(([segment, value]) => {
    const bar = el("span", { class: "bar-fill" });
    bar.style.inlineSize = `${most ? (Math.abs(value ?? 0) / most) * 100 : 0}%`;
    return el("p", { class: "bar-row" },
      el("span", { class: "bar-label" }, segment.slice(segment.indexOf("=") + 1)),
      el("span", { class: "bar-track", "aria-hidden": "true" }, bar),
      el("span", { class: "bar-amount" }, figure(value, definition.unit, { isShort: true })));
  }));
  if (!entries.length) parts.breakdown.replaceChildren(el("p", { class: "soft" }, "No segment of this dimension has it."));
}

function close() {
  open?.chart?.close();
  open = null;
}

export function start() {
  const dialog = byId("panel");
  dialog.addEventListener("close", close);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // beside the panel
  on("theme", () => open?.chart?.restart());
  on("snapshot", () => {
    update();
    open?.chart?.grow();
  });
}
