// Which part of the business is looked at: kept in the address, so that a link shows the same.

import { byId, fillSelect } from "./dom.js";
import { on, store } from "./store.js";
import { connect } from "./stream.js";
import { spoken } from "./words.js";

export const fromAddress = () => new URLSearchParams(location.search).get("segment") || "all";

function fill() {
  const select = byId("segment");
  const groups = new Map([["", [["all", "all"]]]]);
  for (const name of new Set([...store.segments, store.segment])) {
    if (name === "all") continue;
    const [dimension, value] = [name.split("=", 1)[0], name.slice(name.indexOf("=") + 1)];
    const label = spoken(dimension);
    if (!groups.has(label)) groups.set(label, []);
    groups.get(label).push([name, value]);
  }
  fillSelect(select, [...groups], store.segment);
}

function choose(segment) {
  connect(segment);
  byId("segment").value = segment;
}

export function start() {
  on("segments", fill);
  byId("segment").addEventListener("change", (event) => {
    const segment = event.target.value;
    history.pushState(null, "", segment === "all" ? "./" : `?segment=${encodeURIComponent(segment)}`);
    choose(segment);
  });
  addEventListener("popstate", () => choose(fromAddress()));
}
