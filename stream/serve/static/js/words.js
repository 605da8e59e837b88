// The words of the field: windows, what went before them, and whether more is better.

export const WINDOWS = {
  now: "now",
  "5m": "last 5 minutes",
  "1h": "last hour",
  "24h": "last 24 hours",
  "7d": "last 7 days",
  "30d": "last 30 days",
  today: "today so far",
  yesterday: "yesterday",
  week: "this week so far",
  last_week: "last week",
  month: "this month so far",
  last_month: "last month",
};

export const windowWords = (window) => WINDOWS[window ?? "now"] ?? window;

// In a corner where there is no room for words.
export const SHORT_WINDOWS = { "5m": "5 min", "1h": "1 h", "24h": "24 h", "7d": "7 d", "30d": "30 d" };

export const ROLLING = { "5m": 300, "1h": 3_600, "24h": 86_400, "7d": 604_800 };

export const PREVIOUS = { today: "yesterday", week: "last_week", month: "last_month" };

// Rates and averages of a period that is not over can be compared with a whole one; sums cannot.
const COMPARABLE = new Set(["fraction", "seconds", "ratio", "views/session"]);
const SUMS_OF_TIME = new Set(["downtime", "degraded_time", "maintenance_time", "observed_time"]);

export const isComparable = (definition) => COMPARABLE.has(definition.unit) && !SUMS_OF_TIME.has(definition.kpi);

const LESS_IS_BETTER = new Set([
  "error_rate", "churn_rate", "churned_mrr", "churned_mrr_involuntary", "contraction_mrr", "churned_accounts",
  "refunds", "refund_rate", "fees", "disputes", "dispute_losses", "failed_payments", "bounce_rate",
  "frustrated_sessions_rate", "downtime", "degraded_time", "services_down", "mrr_at_risk", "mrr_at_risk_share",
  "accounts_at_risk", "past_due_mrr", "scheduled_churn_mrr", "scheduled_churn_mrr_next_7d",
  "scheduled_churn_mrr_next_30d",
]);
const NEITHER = new Set([
  "events", "activity_events", "attempts", "maintenance_time", "observed_time", "fx_mrr", "opening_mrr",
  "opening_accounts", "free_accounts", "metered_subscriptions", "pages_per_session",
]);

// 1: up is good, -1: up is bad, 0: neither.
export function direction(kpi) {
  if (LESS_IS_BETTER.has(kpi)) return -1;
  return NEITHER.has(kpi) || kpi.startsWith("session_duration") ? 0 : 1;
}

export const FAMILIES = {
  activity: "Activity",
  sessions: "Sessions",
  features: "Features",
  mrr: "MRR",
  churn: "Churn",
  risk: "Risk",
  revenue: "Revenue",
  uptime: "Uptime",
};

export const familyWord = (family) =>
  FAMILIES[family] ?? (family ? family[0].toUpperCase() + family.slice(1).replaceAll("_", " ") : "Others");

export const SIGNALS = {
  cancel_scheduled: "Will cancel",
  payment_failed: "Payment failed",
  dormant: "Dormant",
  usage_drop: "Use dropped",
};

export const spoken = (name) => {
  const words = name.replaceAll("_", " ");
  return words[0].toUpperCase() + words.slice(1);
};
