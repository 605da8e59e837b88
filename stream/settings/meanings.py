"""What settings mean whose models say it with their names only: for the reference in docs/configuration.md."""

from __future__ import annotations

from typing import Final

SECTIONS: Final = {
    "business": "The business whose numbers these are.",
    "sessions": "When a session begins and ends.",
    "features": "Who could use a feature; without an entry: every active user. A list of:",
    "lateness": "How late an event may come.",
    "grace": "Later than this, an event goes to the late topic and counts as `too_late`.",
    "mrr": "What monthly recurring revenue counts.",
    "growth": "Trials and leads.",
    "signals": "Thresholds of the churn signals.",
    "feedback": "How answers and complaints are counted.",
    "quality": "How uptime is counted.",
    "alerting": "How rules are judged.",
    "rules": "When to raise an alert, and how. A list of:",
}
"""Section → what it is about."""

MEANINGS: Final = {
    "fx": "rates to the reporting currency: units of it for one unit of the other, by currency; "
    "or a list of `{from: date, EUR: …}`, each in force from its local date on",
    "segments": "fields or attributes: there is a snapshot for each of their values",
    "slos": "read, not acted on yet",
    "targets": "read, not acted on yet",
    "trends": "read, not acted on yet",
    "kpis": "read, not acted on yet",
    "receivers": "read, not acted on yet",
    "silences": "read, not acted on yet",
    "lateness.grace.usage": "of usage events",
    "lateness.grace.uptime": "of uptime events",
    "lateness.grace.billing": "of billing events",
    "lateness.grace.feedback": "of feedback events",
    "lateness.grace.growth": "of growth events",
    "mrr.discounts": "the discounts that lower it: all that recur, only those without end, or none",
    "mrr.past_due": "whether a subscription that is past due counts",
    "mrr.paused": "whether a paused subscription counts",
    "mrr.churn_at": "when a cancellation is churn: as the paid period ends, as it is canceled, or as it is scheduled",
    "mrr.netting": "movements of one account closer than this are one",
    "mrr.renewal_grace": "how long after a period's end its renewal may still come",
    "growth.trial_length": "of a trial that does not say when it ends",
    "growth.trial_grace": "how long after its end a trial may still convert",
    "feedback.one_vote": "surveys in which a respondent's last answer counts alone",
    "feedback.ces_direction": "what a high score says: that it was easy, or an effort",
    "feedback.complaint_sentiment": "an answer below this sentiment is a complaint",
    "feedback.bayes_weight": "answers of the mean that a topic's own are weighed against",
    "feedback.priority_top": "how many topics the table of priorities shows",
    "alerting.early": "judge a rule without `for` at every snapshot too, to fire at once",
    "alerting.max_per_hour": "notifications of all rules; 0: no cap",
    "rules.segment": "the segment that is judged; default: `all`",
    "rules.above": "fires while the value is larger",
    "rules.below": "fires while the value is smaller",
    "rules.outside": "`[low, high]`: fires while the value is smaller than the one or larger than the other",
    "rules.recover_below": "with `above` or `outside`: once it fires, it ends below this",
    "rules.recover_above": "with `below` or `outside`: once it fires, it ends above this",
    "rules.and": "conditions that must all hold, each with its own `value` and `segment`",
    "rules.or": "conditions of which one must hold",
    "rules.name": "identity of the rule, unique",
    "rules.for": "how long the condition must hold before it fires",
    "rules.keep_firing_for": "how long it goes on firing after the condition held last",
    "rules.failure_count": "instants in a row at which it must hold before it fires",
    "rules.success_count": "instants in a row at which it must not hold before it ends",
    "rules.no_data": "what null is: nothing changes, as false, or as true",
    "rules.severity": "how much it matters",
    "rules.labels": "for routing, and for the summary",
    "rules.summary": "one sentence for people, of `{rule} {segment} {value} {threshold} {severity} {starts_at}` "
    "`{levels}` and labels, with Python's format specifications",
    "rules.group_by": "alerts that are told together: `rule`, `segment`, `severity` or labels",
    "rules.group_wait": "how long the first of a group waits for others",
    "rules.group_interval": "how long a group waits before it tells of others",
    "rules.repeat_interval": "how often what still fires is told again; 0: never",
    "rules.max_per_hour": "notifications of this rule; 0: no cap",
    "rules.send_resolved": "whether its end is told too",
    "rules.inhibit": "what is muted while it fires: `rules`, `severities`, where `equal` labels are the same",
}
"""Setting → what it means, where the model has no description of its own."""
