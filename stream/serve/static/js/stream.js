// The live connection: events become what the store knows.

import { store, tell } from "./store.js";

const SILENCE = 25_000; // ms; the server says something every 10 s
const AGAIN = 3_000;

let source = null;
let watchdog = 0;

function heard() {
  clearTimeout(watchdog);
  watchdog = setTimeout(() => connect(store.segment), SILENCE);
  if (!store.connected) {
    store.connected = true;
    tell("state");
  }
}

function lost() {
  if (store.connected) {
    store.connected = false;
    tell("state");
  }
  // A refusal (no token any more) closes it for good; a lost connection is tried again by the browser itself.
  if (source.readyState === EventSource.CLOSED) {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => connect(store.segment), AGAIN);
  }
}

const takers = {
  status(data) {
    store.redis = data.redis;
    store.offset = Date.parse(data.at) - Date.now();
    tell("state");
  },
  snapshot(data) {
    store.snapshot = data;
    store.hasSnapshot = true;
    tell("snapshot");
    tell("state");
  },
  change(data) {
    const values = Object.assign(store.snapshot.values, data.values);
    store.snapshot = { ...store.snapshot, ...data, values };
    tell("snapshot");
    tell("state");
  },
  alerts(data) {
    const before = store.alerts;
    store.alerts = data;
    tell("alerts", before);
  },
  accounts(data) {
    store.accounts = data;
    tell("accounts");
  },
  segments(data) {
    store.segments = data;
    tell("segments");
  },
};

export function connect(segment) {
  source?.close();
  clearTimeout(watchdog);
  if (segment !== store.segment) {
    store.segment = segment;
    store.snapshot = null;
    store.hasSnapshot = false;
    tell("segment");
    tell("snapshot");
    tell("state");
  }
  const opened = new EventSource(`api/v1/events?segment=${encodeURIComponent(segment)}`);
  source = opened;
  opened.onerror = () => opened === source && lost();
  for (const [name, take] of Object.entries(takers)) {
    opened.addEventListener(name, (event) => {
      if (opened !== source) return;
      heard();
      take(JSON.parse(event.data));
    });
  }
  watchdog = setTimeout(() => connect(store.segment), SILENCE);
}
