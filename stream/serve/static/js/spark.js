// A sparkline: the shape of a value, without axes.

import { svg } from "./dom.js";

const [WIDTH, HEIGHT, EDGE] = [120, 32, 2];

// Points become a path; where there was no value, the line is broken.
function path(times, values, low, high) {
  const [start, end] = [times[0], times.at(-1)];
  const span = Math.max(end - start, 1);
  const height = high - low;
  let line = "";
  let isDown = false;
  times.forEach((time, at) => {
    const value = values[at];
    if (value === null || value === undefined) {
      isDown = false;
      return;
    }
    const x = ((time - start) / span) * WIDTH;
    const share = height ? (value - low) / height : 0.5;
    const y = HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE);
    line += `${isDown ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    isDown = true;
  });
  return line;
}

export function makeSpark() {
  const line = svg("path", { class: "spark-line" });
  const area = svg("path", { class: "spark-area" });
  const node = svg("svg", {
    class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true",
  }, area, line);
  return {
    node,
    draw(times, values) {
      const known = values.filter((value) => typeof value === "number");
      if (known.length < 2) {
        node.dataset.empty = "";
        return;
      }
      delete node.dataset.empty;
      const drawn = path(times, values, Math.min(...known), Math.max(...known));
      line.setAttribute("d", drawn);
      const isWhole = drawn.lastIndexOf("M") === 0;
      area.setAttribute("d", isWhole ? `${drawn}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z` : "");
    },
  };
}
