// A chart of one value over time, with uPlot; it grows with every snapshot.

import { Unanswered, askHistory } from "./api.js";
import { el } from "./dom.js";
import { clockTime, day, figure, moment, weekday } from "./format.js";
import { asOf, definitionOf, serverNow, store, valueOf } from "./store.js";
import { windowWords } from "./words.js";

const POINTS = 1_000;
const HOUR = 3_600;
export const RANGES = [[HOUR, "1 h"], [6 * HOUR, "6 h"], [24 * HOUR, "24 h"], [168 * HOUR, "7 d"]];

// Of people and things there are no halves.
const WHOLE = /^(?!money|fraction|seconds|ratio).*s$/;
const STEPS = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

const colorOf = (node, name) => {
  node.style.color = `var(--${name})`;
  const found = getComputedStyle(node).color;
  node.style.color = "";
  return found;
};

function timeTicks(splits, step) {
  return splits.map((second) => {
    const ms = second * 1000;
    if (step >= 86_400) return weekday(ms);
    return clockTime(ms) === "00:00" ? day(ms) : clockTime(ms, { withSeconds: step < 60 });
  });
}

export function makeChart(box, height) {
  const canvas = el("div", { class: "plot", role: "img" });
  const note = el("p", { class: "soft chart-note" });
  box.replaceChildren(canvas, note);
  const chart = { name: null, range: 24 * HOUR, times: [], values: [], plot: null, turn: 0 };

  function options(definition) {
    const soft = colorOf(canvas, "soft");
    const grid = { stroke: colorOf(canvas, "line"), width: 1 };
    const font = `12px ${getComputedStyle(canvas).fontFamily}`;
    const axis = { stroke: soft, grid, ticks: { show: false }, font };
    const area = colorOf(canvas, "accent-area");
    return {
      width: canvas.clientWidth || 300,
      height,
      legend: { show: false },
      cursor: { y: false, points: { size: 8 } },
      scales: { x: { time: true }, y: { range: padded } },
      axes: [
        { ...axis, size: 32, space: 72, values: (_, splits, __, ___, step) => timeTicks(splits, step) },
        { ...axis, size: axisWidth, ...(WHOLE.test(definition.unit) ? { incrs: STEPS } : {}), values: (_, splits) => splits.map((value) => figure(value, definition.unit, { isShort: true })) },
      ],
      series: [{}, { stroke: colorOf(canvas, "accent"), width: 2, fill: area, spanGaps: false, points: { show: false } }],
      hooks: { setCursor: [readOut] },
    };
  }

  function readOut(plot) {
    const at = plot.cursor.idx;
    if (at === null || at === undefined || plot.data[1][at] === undefined) return describe();
    const definition = definitionOf(chart.name);
    note.textContent = `${moment(plot.data[0][at] * 1000, serverNow())}: ${figure(plot.data[1][at], definition.unit)}`;
  }

  function describe() {
    const definition = definitionOf(chart.name);
    const known = chart.values.filter((value) => typeof value === "number");
    const words = `${definition.title}, ${windowWords(definition.window)}`;
    const since = chart.times.length ? moment(chart.times[0] * 1000, serverNow()) : "";
    const of = store.segment === "all" ? "" : ` History is kept for all only: this is ${store.segment} since you look.`;
    const range = known.length < 2
      ? "No history yet: a point is kept every minute."
      : `Since ${since}: lowest ${figure(Math.min(...known), definition.unit)}, highest ${figure(Math.max(...known), definition.unit)}.`;
    note.textContent = range + of;
    canvas.setAttribute("aria-label", `${words}. ${note.textContent}`);
  }

  function draw() {
    const data = [chart.times, chart.values];
    if (chart.plot) chart.plot.setData(data);
    else chart.plot = new uPlot(options(definitionOf(chart.name)), data, canvas);
    if (chart.plot.cursor.idx === null || chart.plot.cursor.idx === undefined) describe();
  }

  function restart() {
    chart.plot?.destroy();
    chart.plot = null;
    if (chart.name) draw();
  }

  async function load() {
    const turn = ++chart.turn;
    [chart.times, chart.values] = [[], []];
    if (store.segment === "all" && store.snapshot) {
      try {
        const found = await askHistory([chart.name], chart.range, POINTS, asOf());
        if (turn !== chart.turn) return;
        [chart.times, chart.values] = [found.times, found.values[chart.name]];
      } catch (error) {
        if (!(error instanceof Unanswered || error instanceof TypeError)) throw error;
      }
    }
    if (turn === chart.turn) {
      append();
      restart();
    }
  }

  function append() {
    const now = asOf() / 1000;
    const value = valueOf(chart.name);
    if (!store.snapshot || Array.isArray(value) || (typeof value === "object" && value !== null)) return;
    if (chart.times.length && now <= chart.times.at(-1)) return;
    chart.times.push(now);
    chart.values.push(value ?? null);
    while (chart.times.length > 2 && chart.times[0] < now - chart.range) {
      chart.times.shift();
      chart.values.shift();
    }
  }

  const watcher = new ResizeObserver(() => {
    if (chart.plot && canvas.clientWidth) chart.plot.setSize({ width: canvas.clientWidth, height });
  });
  watcher.observe(canvas);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", restart);

  return {
    show(name, range = chart.range) {
      [chart.name, chart.range] = [name, range];
      return load();
    },
    grow() {
      if (!chart.name || !chart.plot) return;
      append();
      draw();
    },
    restart,
    isEmpty: () => chart.times.length < 2,
    close() {
      watcher.disconnect();
      dark.removeEventListener("change", restart);
      chart.plot?.destroy();
      chart.plot = null;
    },
  };
}

// A flat line is drawn in the middle, and nothing that cannot be negative reaches below zero.
function padded(_, low, high) {
  if (low === null || high === null) return [0, 1];
  const room = (high - low || Math.abs(high) || 1) * 0.1;
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

function axisWidth(plot, labels) {
  const longest = (labels ?? []).reduce((most, label) => (label.length > most.length ? label : most), "");
  plot.ctx.save();
  plot.ctx.font = plot.axes[1].font[0];
  const width = plot.ctx.measureText(longest).width / devicePixelRatio;
  plot.ctx.restore();
  return Math.ceil(width) + 16;
}
