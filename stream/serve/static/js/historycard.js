// The chart on the page: any value, as far back as there is history.

import { RANGES, makeChart } from "./chart.js";
import { byId, fillChips, fillSelect } from "./dom.js";
import { definitionOf, on, store } from "./store.js";
import { familyWord, windowWords } from "./words.js";

const FIRST = ["active_users", "5m", 24 * 3_600];

// Families in the order of the catalogue: [word, [[kpi, title], …]].
export function kpisByFamily() {
  const families = new Map();
  for (const definition of store.definitions.values()) {
    if (definition.unit === "table") continue;
    const word = familyWord(definition.family);
    if (!families.has(word)) families.set(word, new Map());
    families.get(word).set(definition.kpi, definition.title);
  }
  return [...families].map(([word, kpis]) => [word, [...kpis]]);
}

export const windowsOf = (kpi) =>
  [...store.definitions.values()].filter((definition) => definition.kpi === kpi).map(({ window }) => window);

export const nameOf = (kpi, window) => (window === null || window === "now" ? kpi : `${kpi}.${window}`);

export function start() {
  const [kpi, window] = [byId("history-kpi"), byId("history-window")];
  const chart = makeChart(byId("history-chart"), 260);
  let range = FIRST[2];

  const show = () => chart.show(nameOf(kpi.value, window.value), range);

  function fillWindows(chosen) {
    const there = windowsOf(kpi.value).map((one) => [one ?? "now", windowWords(one)]);
    const wanted = there.some(([one]) => one === chosen) ? chosen : there[0][0];
    fillSelect(window, [["", there]], wanted);
    window.disabled = there.length < 2;
  }

  fillSelect(kpi, kpisByFamily(), definitionOf("active_users.5m") ? FIRST[0] : "");
  fillWindows(FIRST[1]);
  fillChips(byId("history-range"), RANGES, range, (chosen) => {
    range = chosen;
    show();
  });
  kpi.addEventListener("change", () => {
    fillWindows(window.value);
    show();
  });
  window.addEventListener("change", show);

  let isShown = false;
  on("segment", () => (isShown = false));
  on("theme", () => chart.restart());
  on("snapshot", () => {
    if (!store.snapshot) return;
    if (isShown) chart.grow();
    else {
      isShown = true;
      show();
    }
  });
}
