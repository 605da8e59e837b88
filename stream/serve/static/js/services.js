// Uptime, service by service.

import { Unanswered, ask } from "./api.js";
import { byId, el } from "./dom.js";
import { figure } from "./format.js";
import { openPanel } from "./panel.js";
import { on, store } from "./store.js";
import { table } from "./table.js";

const EVERY = 10_000;
const VALUES = [["services_down", "Now"], ["availability.24h", "24 hours"], ["availability.30d", "30 days"], ["downtime.24h", "Down, 24 h"]];
const UNITS = { services_down: "", "downtime.24h": "seconds" };
let askedAt = 0;

function now(down) {
  const words = down === null || down === undefined ? "unknown" : down ? "down" : "up";
  return el("span", { class: "updown", "data-state": words }, words);
}

async function refresh() {
  const found = await Promise.all(VALUES.map(([value]) => ask("breakdown", { value, dimension: "service" })));
  const names = Object.keys(found[0].segments);
  const rows = names.map((segment) => [
    segment.slice("service=".length),
    ...VALUES.map(([value], at) => {
      const one = found[at].segments[segment];
      return value === "services_down" ? now(one) : figure(one, UNITS[value] ?? "fraction");
    }),
  ]);
  byId("services").replaceChildren(rows.length
    ? table(["Service", ...VALUES.map(([, title]) => title)], rows)
    : el("p", { class: "soft empty" }, "No service was observed."));
}

export function start() {
  byId("services-title").replaceChildren(el("button", {
    type: "button", class: "what", "aria-haspopup": "dialog", onclick: () => openPanel("availability.24h"),
  }, "Uptime by service"));
  on("snapshot", async () => {
    if (!store.snapshot || Date.now() < askedAt + EVERY) return;
    askedAt = Date.now();
    try {
      await refresh();
    } catch (error) {
      if (!(error instanceof Unanswered || error instanceof TypeError)) throw error;
    }
  });
}
