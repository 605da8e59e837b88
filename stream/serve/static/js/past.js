// What values were: asked for once a minute, for all tiles together.

import { Unanswered, askHistory } from "./api.js";
import { asOf, on, store, tell } from "./store.js";

const DAY = 86_400;
const POINTS = 145;
const EVERY = 60_000;
const AT_ONCE = 50;

const wanted = new Set();
let past = { times: [], values: {} };
let askedAt = 0;
let isAsking = false;

export const want = (name) => wanted.add(name);

// The day before now, minute by minute or coarser, with the newest value as its last point.
export function pastOf(name) {
  if (store.segment !== "all" || !past.values[name]) return null;
  const now = asOf() / 1000;
  return { times: [...past.times, now], values: [...past.values[name], store.snapshot.values[name]] };
}

// What a value was so many seconds ago; null where the history does not reach, or has a gap there.
export function ago(name, seconds) {
  const values = past.values[name];
  if (store.segment !== "all" || !values) return null;
  const then = asOf() / 1000 - seconds;
  const at = past.times.findLastIndex((time) => time <= then);
  const tolerance = Math.max(900, seconds * 0.05);
  return at >= 0 && then - past.times[at] <= tolerance ? (values[at] ?? null) : null;
}

async function refresh() {
  const names = [...wanted];
  const parts = [];
  for (let first = 0; first < names.length; first += AT_ONCE) {
    parts.push(askHistory(names.slice(first, first + AT_ONCE), DAY + 600, POINTS, asOf()));
  }
  const found = await Promise.all(parts);
  past = { times: found[0]?.times ?? [], values: Object.assign({}, ...found.map((part) => part.values)) };
  tell("past");
}

export function start() {
  on("snapshot", async () => {
    if (!store.snapshot || store.segment !== "all" || isAsking || Date.now() < askedAt + EVERY) return;
    isAsking = true;
    askedAt = Date.now();
    try {
      await refresh();
    } catch (error) {
      if (!(error instanceof Unanswered || error instanceof TypeError)) throw error;
      askedAt = Date.now() - EVERY + 5_000; // soon again; the header says that something is down
    } finally {
      isAsking = false;
    }
  });
}
