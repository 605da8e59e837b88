// The read API, asked.

export class Unanswered extends Error {}

export async function ask(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of [value].flat()) if (one !== null && one !== undefined) query.append(name, one);
  }
  const answer = await fetch(`api/v1/${path}?${query}`, { cache: "no-store" });
  if (answer.ok) return answer.json();
  const problem = await answer.json().catch(() => ({ error: `HTTP ${answer.status}`, fix: "" }));
  throw new Unanswered(`${problem.error}; ${problem.fix}`);
}

// The history from so many seconds before an instant (ms) on; to so many before it, if need be.
export function askHistory(names, before, points, instant, until = null) {
  const at = (seconds) => (seconds === null ? null : new Date(instant - seconds * 1000).toISOString());
  return ask("history", { value: names, from: at(before), to: at(until), points });
}
