// The features, and the table of everything.

import { byId, el, fillSelect, setText } from "./dom.js";
import { figure } from "./format.js";
import { kpisByFamily, nameOf } from "./historycard.js";
import { openPanel } from "./panel.js";
import { definitionOf, on, store, valueOf } from "./store.js";
import { WINDOWS, windowWords } from "./words.js";

function drawFeatures(box, window) {
  const rows = valueOf(`features.${window}`);
  if (!rows?.length) {
    box.replaceChildren(el("p", { class: "soft empty" }, store.hasSnapshot ? "No feature was used." : "Waiting for the first snapshot."));
    return;
  }
  box.replaceChildren(...rows.slice(0, 8).map((row) => {
    const bar = el("span", { class: "bar-fill" });
    bar.style.inlineSize = `${(row.adoption ?? 0) * 100}%`;
    return el("p", { class: "bar-row", title: `${row.uses} uses by ${row.adopters} of ${row.eligible} users` },
      el("span", { class: "bar-label" }, row.feature),
      el("span", { class: "bar-track", "aria-hidden": "true" }, bar),
      el("span", { class: "bar-amount" }, `${figure(row.adoption, "fraction")}`),
      el("span", { class: "bar-more" }, `${figure(row.uses, "")} uses`));
  }));
}

function startFeatures() {
  const [select, box] = [byId("features-window"), byId("features")];
  const windows = [...store.definitions.values()].filter(({ kpi }) => kpi === "features").map(({ window }) => window);
  fillSelect(select, [["", windows.map((window) => [window, windowWords(window)])]], windows[0]);
  let drawn = null;
  const update = () => {
    const state = JSON.stringify([select.value, store.hasSnapshot, valueOf(`features.${select.value}`) ?? null]);
    if (state === drawn) return;
    drawn = state;
    drawFeatures(box, select.value);
  };
  select.addEventListener("change", update);
  on("snapshot", update);
}

// Everything: a row a KPI, a column a window. Made when it is opened, for it has hundreds of cells.
function startAll() {
  const [details, box, search] = [byId("all"), byId("all-table"), byId("all-search")];
  const cells = new Map();
  setText(byId("all-count"), `${store.definitions.size} values`);

  function make() {
    const columns = Object.keys(WINDOWS);
    const bodies = kpisByFamily().map(([family, kpis]) => el("tbody", {},
      el("tr", { class: "family" }, el("th", { scope: "colgroup", colspan: String(columns.length + 1) }, family)),
      ...kpis.map(([kpi, title]) => el("tr", { "data-words": `${kpi} ${title} ${family}`.toLowerCase() },
        el("th", { scope: "row" }, title),
        ...columns.map((window) => {
          const name = nameOf(kpi, window);
          if (!definitionOf(name)) return el("td");
          const button = el("button", { type: "button", class: "what", "aria-haspopup": "dialog", onclick: () => openPanel(name) });
          cells.set(name, button);
          return el("td", { class: "num" }, button);
        })))));
    const titles = ["KPI", ...columns.map(windowWords)];
    box.replaceChildren(el("table", { class: "all" },
      el("thead", {}, el("tr", {}, ...titles.map((title) => el("th", { scope: "col" }, title)))), ...bodies));
  }

  function update() {
    if (!details.open) return;
    for (const [name, button] of cells) setText(button, figure(valueOf(name), definitionOf(name).unit, { isShort: true }));
  }

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/);
    for (const row of box.querySelectorAll("tr[data-words]")) {
      row.hidden = !words.every((word) => row.dataset.words.includes(word));
    }
    for (const body of box.querySelectorAll("tbody")) body.hidden = !body.querySelector("tr[data-words]:not([hidden])");
  }

  details.addEventListener("toggle", () => {
    if (details.open && !cells.size) {
      make();
      filter(); // who searches at once is faster than this event
    }
    update();
  });
  search.addEventListener("input", filter);
  on("snapshot", update);
}

export function start() {
  startFeatures();
  startAll();
}
