// Alerts that fire, and those that were resolved.

import { byId, el, setText } from "./dom.js";
import { duration, figure, moment } from "./format.js";
import { openPanel } from "./panel.js";
import { definitionOf, on, serverNow, store } from "./store.js";
import { windowWords } from "./words.js";

const RESOLVED = 8;

const at = (text) => moment(Date.parse(text), serverNow());

function subject(alert) {
  const definition = definitionOf(alert.value_name);
  const of = alert.segment === "all" ? "" : ` in ${alert.segment}`;
  if (!definition) return `${alert.value_name}${of}`;
  const window = definition.window ? `, ${windowWords(definition.window)}` : "";
  return `${definition.title}${window}${of}`;
}

function compared(alert) {
  const unit = definitionOf(alert.value_name)?.unit ?? "";
  const threshold = alert.threshold === null ? "" : `, threshold ${figure(alert.threshold, unit)}`;
  return `${figure(alert.value, unit)}${threshold}`;
}

function marks(alert) {
  const found = [];
  if (alert.historic) found.push("found in old time");
  for (const why of alert.muted ?? []) found.push(`muted: ${why}`);
  return found.length ? el("span", { class: "soft" }, found.join(", ")) : null;
}

function firing(alert) {
  return el("li", { class: "alert", "data-severity": alert.severity, "data-fingerprint": alert.fingerprint },
    el("span", { class: "severity" }, alert.severity),
    el("div", { class: "alert-text" },
      el("p", { class: "alert-summary" }, alert.summary),
      el("p", { class: "soft" },
        el("button", { type: "button", class: "what link", "aria-haspopup": "dialog", onclick: () => openPanel(alert.value_name) }, subject(alert)),
        ` was ${compared(alert)}`),
      marks(alert)),
    el("p", { class: "since soft" }, `since ${at(alert.starts_at)}`));
}

function resolved(alert) {
  const lasted = (Date.parse(alert.ends_at) - Date.parse(alert.starts_at)) / 1000;
  return el("li", { class: "done", "data-fingerprint": alert.fingerprint },
    el("span", { class: "severity", "data-severity": alert.severity }, alert.severity),
    el("span", { class: "done-text" }, alert.summary, alert.reason ? el("span", { class: "soft" }, ` (${alert.reason})`) : null),
    el("span", { class: "soft when" }, `${at(alert.ends_at)}, after ${duration(lasted)}`));
}

function draw() {
  const { firing: now, resolved: done } = store.alerts;
  byId("firing").replaceChildren(now.length
    ? el("ul", { class: "firing" }, ...now.map(firing))
    : el("p", { class: "calm" }, el("span", { class: "dot", "aria-hidden": "true" }), "No alert is firing."));
  byId("resolved").replaceChildren(done.length
    ? el("ul", { class: "resolved" }, ...done.slice(0, RESOLVED).map(resolved))
    : el("p", { class: "soft empty" }, "None yet."));
  document.title = now.length ? `(${now.length}) Vitals` : "Vitals";
}

// Says what began and what ended to those who do not see it.
function announce(before) {
  if (!before) return;
  const known = new Set(before.firing.map((alert) => alert.fingerprint));
  const still = new Set(store.alerts.firing.map((alert) => alert.fingerprint));
  const begun = store.alerts.firing.filter((alert) => !known.has(alert.fingerprint));
  const ended = before.firing.filter((alert) => !still.has(alert.fingerprint));
  const said = [...begun.map((alert) => `Alert: ${alert.summary}`), ...ended.map((alert) => `Resolved: ${alert.summary}`)];
  if (said.length) setText(byId("announcer"), said.join(". "));
}

export function start() {
  on("alerts", (before) => {
    draw();
    announce(before);
  });
}
