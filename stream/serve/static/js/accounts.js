// Accounts at risk: a list to work from.

import { byId, el, setText } from "./dom.js";
import { day, figure } from "./format.js";
import { on, store, valueOf } from "./store.js";
import { table } from "./table.js";
import { SIGNALS, spoken } from "./words.js";

function chip(signal) {
  const since = day(Date.parse(signal.since));
  return el("span", { class: "signal", title: typeof signal.detail === "string" ? signal.detail : null },
    SIGNALS[signal.signal] ?? spoken(signal.signal), el("span", { class: "soft" }, ` since ${since}`));
}

function draw() {
  const rows = store.accounts.map((account) => [
    account.account_id,
    figure(account.mrr_at_risk, "money"),
    figure(account.mrr, "money"),
    el("span", { class: "signals" }, ...account.signals.map(chip)),
    account.plan,
    account.status.replaceAll("_", " "),
  ]);
  byId("accounts").replaceChildren(rows.length
    ? table(["Account", "At risk", "MRR", "Why", "Plan", "Status"], rows)
    : el("p", { class: "soft empty" }, "No account is at risk."));
}

export function start() {
  on("accounts", draw);
  on("snapshot", () => {
    const number = store.segment === "all" ? valueOf("accounts_at_risk") : undefined;
    const shown = store.accounts?.length ?? 0;
    setText(byId("accounts-note"), store.segment === "all" ? (number > shown ? `the ${shown} largest of ${number}` : "") : "of all segments");
  });
}
