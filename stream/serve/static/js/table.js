// Tables: of rows, and of values that are lists or objects.

import { el } from "./dom.js";
import { figure } from "./format.js";
import { SIGNALS, spoken } from "./words.js";

const SHARES = new Set(["adoption"]);

// A value that is a table, as one: rows of objects, or names with numbers.
export function rowsOf(value) {
  if (Array.isArray(value) && value.length && typeof value[0] === "object") {
    const columns = Object.keys(value[0]);
    return table(columns.map(spoken), value.map((row) => columns.map((column) => cell(row[column], column))));
  }
  if (value && typeof value === "object" && Object.keys(value).length) {
    return table(["Name", "Value"], Object.entries(value).map(([name, one]) => [SIGNALS[name] ?? name, cell(one, name)]));
  }
  return el("p", { class: "soft" }, "Nothing in it.");
}

const cell = (value, column) =>
  typeof value === "number" ? figure(value, SHARES.has(column) ? "fraction" : "") : String(value ?? "–");

// Rows of texts or nodes; the first cell of a row names it, numbers are set flush right under their title.
export function table(titles, rows) {
  const numeric = titles.map((_, at) => rows.length > 0 && rows.every((row) => isNumber(row[at])));
  const align = (at) => (numeric[at] ? "num" : null);
  return el("table", {},
    el("thead", {}, el("tr", {}, ...titles.map((title, at) => el("th", { scope: "col", class: align(at) }, title)))),
    el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((one, at) =>
      at === 0 ? el("th", { scope: "row" }, one) : el("td", { class: align(at) }, one))))));
}

const isNumber = (text) => typeof text === "string" && /^(–$|[−-]?\p{Sc}?\d)/u.test(text);
