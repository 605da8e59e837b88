// The page begins: what values mean is read once, then everything follows the live connection.

import * as accounts from "./accounts.js";
import * as alerts from "./alerts.js";
import { Unanswered, ask } from "./api.js";
import { byId, setText } from "./dom.js";
import * as historycard from "./historycard.js";
import * as panel from "./panel.js";
import * as past from "./past.js";
import * as segments from "./segments.js";
import * as services from "./services.js";
import * as state from "./state.js";
import { store } from "./store.js";
import { connect } from "./stream.js";
import * as tabular from "./tabular.js";
import * as theme from "./theme.js";
import * as tiles from "./tiles.js";
import * as waterfall from "./waterfall.js";

const AGAIN = 2_000;

async function learn() {
  for (;;) {
    try {
      const [status, { values }] = await Promise.all([ask("status"), ask("values")]);
      Object.assign(store, { business: status.business, clock: status.clock, namespace: status.namespace });
      store.offset = Date.parse(status.at) - Date.now();
      store.definitions = new Map(values.map((definition) => [definition.name, definition]));
      setText(byId("version"), `Vitals ${status.version}`);
      return;
    } catch (error) {
      if (!(error instanceof Unanswered || error instanceof TypeError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
    }
  }
}

theme.start();
await learn();
for (const part of [state, segments, past, tiles, historycard, waterfall, tabular, alerts, accounts, services, panel]) part.start();
store.segment = segments.fromAddress();
connect(store.segment);
