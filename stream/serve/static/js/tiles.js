// Tiles: a number with its unit, its window, what it was before, and its shape.

import { byId, el, setAttribute, setText } from "./dom.js";
import { figure, relative, signed, unitWord } from "./format.js";
import { openPanel } from "./panel.js";
import { ago, pastOf, want } from "./past.js";
import { makeSpark } from "./spark.js";
import { definitionOf, on, reasonOf, store, valueOf } from "./store.js";
import { PREVIOUS, ROLLING, SHORT_WINDOWS, direction, isComparable, windowWords } from "./words.js";

const LAYOUT = {
  glance: [
    { value: "active_users.5m", title: "Active users now", beside: ["active_users.1h", "active_users.24h"] },
    { value: "sessions.today" },
    { value: "mrr", moved: "net_new_mrr.30d", rate: "mrr_growth_rate.30d" },
    { value: "net_revenue.month" },
    { value: "churn_rate.30d", beside: ["churned_accounts.30d"] },
    { value: "availability.24h", title: "Uptime", beside: ["availability.30d"] },
    { value: "error_rate.1h", beside: ["error_rate.24h"] },
    { value: "mrr_at_risk", beside: ["accounts_at_risk", "mrr_at_risk_share"] },
  ],
  usage: [
    { value: "active_users.24h" },
    { value: "active_users.30d" },
    { value: "active_accounts.7d" },
    { value: "new_users.today" },
    { value: "session_duration_p50.24h" },
    { value: "pages_per_session.24h" },
    { value: "bounce_rate.24h" },
    { value: "events.1h" },
  ],
  money: [
    { value: "gross_revenue.today" },
    { value: "gross_revenue.month" },
    { value: "paying_accounts" },
    { value: "arpa" },
    { value: "payment_success_rate.30d" },
    { value: "past_due_mrr" },
    { value: "scheduled_churn_mrr_next_30d" },
    { value: "trial_accounts" },
  ],
};

const SHORT = { isShort: true };
const tiles = [];

// The comparison below the number: [text, tone, what it is compared with].
function compared(spec, definition, value) {
  if (typeof value !== "number") return null;
  const before = PREVIOUS[definition.window];
  if (before) return withPeriod(definition, value, before);
  if (spec.moved) return withMovement(spec, definition);
  const seconds = ROLLING[definition.window ?? "24h"];
  const then = seconds && seconds <= ROLLING["24h"] ? ago(spec.value, seconds) : null;
  if (then === null) return null;
  return difference(definition, value, then, definition.window ? `the ${SHORT_WINDOWS[definition.window].replace("1 h", "hour")} before` : "a day ago");
}

function withPeriod(definition, value, before) {
  const then = valueOf(`${definition.kpi}.${before}`);
  if (typeof then !== "number") return null;
  const words = windowWords(before);
  if (isComparable(definition)) return difference(definition, value, then, words);
  const whole = figure(then, definition.unit, SHORT);
  return then > 0 && value >= 0 ? [`${Math.round((value / then) * 100)}%`, "", `of ${words}, ${whole}`] : [whole, "", words];
}

function withMovement(spec, definition) {
  const moved = valueOf(spec.moved);
  if (typeof moved !== "number") return null;
  const rate = valueOf(spec.rate);
  const words = typeof rate === "number" ? `${signed(rate, "fraction")} in 30 days` : "in 30 days";
  return [signed(moved, definition.unit, SHORT), tone(definition, moved), words];
}

function difference(definition, value, then, when) {
  const change = value - then;
  if (Math.abs(change) < 1e-9) return ["same", "", `as ${when}`];
  const text = definition.unit === "fraction" ? points(change) : (relative(value, then) ?? signed(change, definition.unit));
  return [text, tone(definition, change), `vs ${when}`];
}

// A change of a share, in percentage points.
function points(change) {
  const digits = Math.abs(change) < 0.0001 ? 3 : Math.abs(change) < 0.01 ? 2 : 1;
  return `${change > 0 ? "+" : "−"}${Math.abs(change * 100).toFixed(digits)} pts`;
}

function tone(definition, change) {
  const sign = Math.sign(change) * direction(definition.kpi);
  return sign > 0 ? "good" : sign < 0 ? "bad" : "";
}

function makeTile(spec) {
  const definition = definitionOf(spec.value);
  const parts = {
    figure: el("span", { class: "figure" }, "–"),
    unit: el("span", { class: "unit" }),
    change: el("span", { class: "change" }),
    note: el("span", { class: "note" }),
    beside: el("p", { class: "beside" }),
    spark: makeSpark(),
  };
  const title = spec.title ?? definition.title;
  const node = el("article", { class: "tile", "data-value": spec.value },
    el("h3", {}, el("button", {
      type: "button", class: "what", "aria-haspopup": "dialog", onclick: () => openPanel(spec.value),
    }, title), " ", el("span", { class: "window" }, windowWords(definition.window))),
    el("p", { class: "number" }, parts.figure, " ", parts.unit),
    el("p", { class: "compared" }, parts.change, " ", parts.note),
    spec.beside ? parts.beside : null,
    parts.spark.node);
  want(spec.value);
  return { spec, definition, node, ...parts };
}

function update(tile) {
  const { spec, definition } = tile;
  const value = valueOf(spec.value);
  const reason = reasonOf(spec.value);
  const isNull = value === null || value === undefined;
  setAttribute(tile.node, "data-state", !store.snapshot ? "waiting" : isNull ? "null" : reason ? "qualified" : "value");
  const changed = setText(tile.figure, figure(value, definition.unit, SHORT));
  if (changed && tile.isKnown) flash(tile.figure);
  tile.isKnown = Boolean(store.snapshot);
  setText(tile.unit, isNull ? "" : unitWord(definition.unit, value));
  const [text, mood, note] = (!reason && compared(spec, definition, value)) || ["", "", ""];
  setText(tile.change, text);
  setAttribute(tile.change, "data-tone", mood);
  const missing = store.hasSnapshot && value === undefined ? "not in this segment" : "";
  setText(tile.note, reason ?? (missing || note));
  if (spec.beside) setText(tile.beside, spec.beside.map(besideText).filter(Boolean).join("  ·  "));
}

function besideText(name) {
  const definition = definitionOf(name);
  const value = valueOf(name);
  if (typeof value !== "number") return "";
  const text = figure(value, definition.unit, SHORT);
  const what = name.split(".")[0] === "mrr_at_risk_share" ? "of MRR" : unitWord(definition.unit, value);
  const isOfAnotherWindow = definition.window && definition.unit !== "accounts";
  return isOfAnotherWindow ? `${text} in ${SHORT_WINDOWS[definition.window]}` : `${text} ${what}`;
}

function flash(node) {
  node.classList.remove("fresh");
  void node.offsetWidth; // restarts the animation
  node.classList.add("fresh");
}

function drawSparks() {
  for (const tile of tiles) {
    const past = store.snapshot && pastOf(tile.spec.value);
    tile.spark.draw(past?.times ?? [], past?.values ?? []);
  }
}

function updateAll() {
  tiles.forEach(update);
}

export function start() {
  for (const [id, specs] of Object.entries(LAYOUT)) {
    const made = specs.filter((spec) => definitionOf(spec.value)).map(makeTile);
    byId(id).replaceChildren(...made.map((tile) => tile.node));
    tiles.push(...made);
  }
  on("snapshot", updateAll);
  on("past", () => {
    updateAll();
    drawSparks();
  });
  on("segment", drawSparks);
}
