// Whether what is shown can be trusted: live, complete, late, cut off.

import { byId, setAttribute, setText } from "./dom.js";
import { clockTime, duration, figure, moment } from "./format.js";
import { asOf, on, serverNow, store } from "./store.js";

const STALE = 60; // s behind the clock on the wall

// [state, word, banner]
function judged(behind) {
  if (!store.connected) {
    return store.hasSnapshot
      ? ["down", "Cut off", "The server does not answer: what you see is from before. Trying again."]
      : ["waiting", "Connecting", ""];
  }
  if (store.redis === "down") {
    return ["down", "Redis is down", "Redis does not answer: what you see is from before. Trying again."];
  }
  if (!store.hasSnapshot) return ["waiting", "Waiting", ""];
  if (!store.snapshot) {
    return store.segment === "all"
      ? ["empty", "No data yet", "There is no snapshot yet. Start `vitals worker` and publish events: numbers appear here by themselves."]
      : ["empty", "No such segment", `There is no snapshot of ${store.segment}. Choose another segment.`];
  }
  if (store.clock === "wall" && behind > STALE) {
    return ["stale", "Stale", `The numbers are ${duration(behind)} old: workers are away, or are still catching up with the events.`];
  }
  if (!store.snapshot.complete) {
    return ["incomplete", "Incomplete", "Some events before this instant are not counted yet: a partition is behind."];
  }
  return ["live", store.clock === "wall" ? "Live" : "Up to date", ""];
}

function detail(behind) {
  if (!store.snapshot) return "";
  const at = asOf();
  const isToday = Math.abs(serverNow() - at) < 12 * 3_600_000;
  const when = `as of ${isToday ? clockTime(at, { withSeconds: true }) : moment(at, serverNow())}`;
  if (store.clock !== "wall") return when;
  return `${when}, ${behind < 1 ? "under 1 s" : duration(Math.floor(behind))} behind`;
}

function update() {
  const behind = store.snapshot ? Math.max(0, (serverNow() - asOf()) / 1000) : 0;
  const [state, word, banner] = judged(behind);
  setAttribute(byId("state"), "data-state", state);
  setAttribute(document.documentElement, "data-state", state);
  const isTrusted = state === "live" ? (store.snapshot.complete ? `${word}, complete` : word) : word;
  setText(byId("state-word"), isTrusted);
  setText(byId("state-detail"), detail(behind));
  const box = byId("banner");
  if (!banner || state !== box.dataset.state) setText(box, banner);
  else box.textContent = banner;
  box.dataset.state = state;
  box.hidden = !banner;
}

function beat() {
  const pulse = byId("pulse");
  pulse.classList.remove("beat");
  void pulse.getBoundingClientRect(); // restarts the animation
  pulse.classList.add("beat");
}

function counts() {
  if (!store.snapshot) return;
  const words = {
    events: "events", duplicates: "duplicates", excluded: "excluded", late: "late", too_late: "too late", dead_letters: "dead letters",
  };
  const parts = Object.entries(words).map(([name, word]) => `${figure(store.snapshot.counts[name] ?? 0, "")} ${word}`);
  setText(byId("counts"), `${parts.join("  ·  ")}  ·  revision ${figure(store.snapshot.revision, "")}  ·  times in ${store.business.zone}`);
}

export function start() {
  on("state", update);
  on("snapshot", () => {
    if (store.snapshot) beat();
    counts();
  });
  setInterval(update, 1000);
}
