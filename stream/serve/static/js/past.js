// What values were: asked for once a minute, for all tiles together.

import { Unanswered, askHistory } from "./api.js";
import { asOf, on, store, tell } from "./store.js";

const DAY = 86_400;
const POINTS = 145;
const EVERY = 60_000;
const AT_ONCE = 50;
// An entry is written each minute: what is further from the instant asked for is of another time.
const NEAR = 120;
// Stretches before now that comparisons need to the minute: [from, to] in seconds.
const EXACT = [[3_600 + NEAR, 0], [DAY + NEAR, DAY - NEAR]];

const wanted = new Set();
let shapes = { times: [], values: {} };
let moments = [];
let askedAt = 0;
let isAsking = false;

export const want = (name) => wanted.add(name);

// The day before now, coarse, with the newest value as its last point.
export function pastOf(name) {
  if (store.segment !== "all" || !shapes.values[name]) return null;
  return { times: [...shapes.times, asOf() / 1000], values: [...shapes.values[name], store.snapshot.values[name]] };
}

// What a value was so many seconds ago; null where there is no entry of that time, or no value in it.
export function ago(name, seconds) {
  if (store.segment !== "all") return null;
  const then = asOf() / 1000 - seconds;
  for (const { times, values } of moments) {
    const at = times.findLastIndex((time) => time <= then);
    if (at >= 0 && then - times[at] <= NEAR && values[name]) return values[name][at] ?? null;
  }
  return null;
}

async function read(points, from, to) {
  const names = [...wanted];
  const parts = [];
  for (let first = 0; first < names.length; first += AT_ONCE) {
    parts.push(askHistory(names.slice(first, first + AT_ONCE), from, points, asOf(), to));
  }
  const found = await Promise.all(parts);
  return { times: found[0]?.times ?? [], values: Object.assign({}, ...found.map((part) => part.values)) };
}

async function refresh() {
  [shapes, ...moments] = await Promise.all([
    read(POINTS, DAY + 600, null), ...EXACT.map(([from, to]) => read(200, from, to)),
  ]);
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
