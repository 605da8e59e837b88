// What the page knows, and who wants to be told when it changes.

export const store = {
  segment: "all",
  snapshot: null, // null until the first one; `hasSnapshot` says whether we have been told at all
  hasSnapshot: false,
  alerts: null,
  accounts: null,
  segments: ["all"],
  definitions: new Map(), // value name → definition
  business: { currency: "USD", zone: "UTC" },
  clock: "wall",
  namespace: "vitals",
  redis: "up",
  connected: false,
  offset: 0, // ms by which the server's clock is ahead of ours
};

const listeners = new Map();

export function on(topic, listener) {
  if (!listeners.has(topic)) listeners.set(topic, []);
  listeners.get(topic).push(listener);
}

export function tell(topic, detail) {
  for (const listener of listeners.get(topic) ?? []) listener(detail);
}

export const valueOf = (name) => store.snapshot?.values[name];
export const reasonOf = (name) => store.snapshot?.reasons[name];
export const definitionOf = (name) => store.definitions.get(name);
export const serverNow = () => Date.now() + store.offset;
export const asOf = () => (store.snapshot ? Date.parse(store.snapshot.as_of) : null);
