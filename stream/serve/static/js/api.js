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

export function askHistory(names, seconds, points, until) {
  const from = seconds === null ? null : new Date(until - seconds * 1000).toISOString();
  return ask("history", { value: names, from, points });
}
