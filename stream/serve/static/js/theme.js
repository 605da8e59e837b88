// Dark or light: as the system says, unless somebody chose.

import { byId, setText } from "./dom.js";
import { tell } from "./store.js";

const ORDER = ["system", "light", "dark"];
const KEY = "vitals-theme";

const current = () => document.documentElement.dataset.theme ?? "system";

function keep(theme) {
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Storage may be denied: then it holds until the page is left.
  }
}

function label() {
  const words = { system: "Auto", light: "Light", dark: "Dark" };
  setText(byId("theme"), words[current()]);
  byId("theme").setAttribute("aria-label", `Theme: ${current()}. Change it.`);
}

export function start() {
  label();
  byId("theme").addEventListener("click", () => {
    const theme = ORDER[(ORDER.indexOf(current()) + 1) % ORDER.length];
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    keep(theme);
    label();
    tell("theme");
  });
}
