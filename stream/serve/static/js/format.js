// Numbers, amounts and times as people read them.

import { store } from "./store.js";

const LOCALE = "en-US";
const DASH = "–";
const cache = new Map();

function number(options) {
  const key = JSON.stringify(options);
  if (!cache.has(key)) cache.set(key, new Intl.NumberFormat(LOCALE, options));
  return cache.get(key);
}

function money(value, isShort) {
  const size = Math.abs(value);
  const style = { style: "currency", currency: store.business.currency };
  if (isShort && size >= 100_000) {
    return number({ ...style, notation: "compact", maximumFractionDigits: 1 }).format(value);
  }
  const isWhole = Number.isInteger(value) || (isShort && size >= 10);
  return number({ ...style, ...(isWhole ? { minimumFractionDigits: 0, maximumFractionDigits: 0 } : {}) }).format(value);
}

// Cut, not rounded, near the whole: 99.9996 % is not 100 %.
function percent(value) {
  const size = Math.abs(value);
  if (size > 0.99 && size < 1) return `${(Math.trunc(value * 100_000) / 1_000).toFixed(3)}%`;
  const digits = size === 0 || size === 1 ? 0 : size < 0.01 ? 2 : 1;
  return number({ style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

export function duration(seconds) {
  const size = Math.abs(seconds);
  const sign = seconds < 0 ? "−" : "";
  if (size < 60) return `${sign}${number({ maximumFractionDigits: size < 10 ? 1 : 0 }).format(size)} s`;
  const parts = [["d", 86_400], ["h", 3_600], ["min", 60], ["s", 1]];
  const first = parts.findIndex(([, length]) => Math.round(size) >= length);
  const [[unit, length], next] = [parts[first], parts[first + 1]];
  const whole = Math.floor(Math.round(size) / length);
  const rest = Math.floor((Math.round(size) % length) / next[1]);
  return `${sign}${number({}).format(whole)} ${unit}${rest ? ` ${rest} ${next[0]}` : ""}`;
}

function plain(value, isShort) {
  if (isShort && Math.abs(value) >= 100_000) {
    return number({ notation: "compact", maximumFractionDigits: 1 }).format(value);
  }
  return number({ maximumFractionDigits: Number.isInteger(value) ? 0 : 2 }).format(value);
}

// A value as text, without its unit where that is a word.
export function figure(value, unit, { isShort = false } = {}) {
  if (value === null || value === undefined) return DASH;
  if (Array.isArray(value)) return `${value.length} ${value.length === 1 ? "row" : "rows"}`;
  if (typeof value === "object") return `${Object.keys(value).length} entries`;
  if (unit === "money") return money(value, isShort);
  if (unit === "fraction") return percent(value);
  if (unit === "seconds") return duration(value);
  return plain(value, isShort);
}

const WORDLESS = new Set(["money", "fraction", "seconds", "ratio", "table"]);

// The unit beside a number: "1 user", "2 users", "3.5 views a session"; empty where the number says it.
export function unitWord(unit, value) {
  if (WORDLESS.has(unit)) return "";
  return value === 1 && !unit.includes("/") ? unit.replace(/s$/, "") : unit.replace("/", " a ");
}

export function unitMeaning(unit) {
  const meanings = { money: `${store.business.currency}, in major units`, fraction: "share, shown in percent", seconds: "time" };
  return meanings[unit] ?? unit;
}

export function signed(value, unit, options) {
  const text = figure(Math.abs(value), unit, options);
  return value > 0 ? `+${text}` : value < 0 ? `−${text}` : text;
}

export function relative(now, before) {
  const share = (now - before) / Math.abs(before);
  if (!Number.isFinite(share)) return null;
  const digits = Math.abs(share) < 0.1 ? 1 : 0;
  return number({ style: "percent", signDisplay: "exceptZero", maximumFractionDigits: digits })
    .format(share).replace("-", "−");
}

function time(options) {
  const key = `${store.business.zone}${JSON.stringify(options)}`;
  if (!cache.has(key)) {
    cache.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: store.business.zone, ...options }));
  }
  return cache.get(key);
}

export const clockTime = (ms, { withSeconds = false } = {}) =>
  time({ hour: "2-digit", minute: "2-digit", ...(withSeconds ? { second: "2-digit" } : {}), hour12: false }).format(ms);
export const day = (ms) => time({ day: "numeric", month: "short" }).format(ms);
export const weekday = (ms) => time({ weekday: "short", day: "numeric" }).format(ms);

export function moment(ms, now) {
  const isToday = day(ms) === day(now) && Math.abs(now - ms) < 86_400_000;
  if (isToday) return clockTime(ms);
  const isThisYear = Math.abs(now - ms) < 300 * 86_400_000;
  return isThisYear ? `${day(ms)}, ${clockTime(ms)}` : time({ day: "numeric", month: "short", year: "numeric" }).format(ms);
}
