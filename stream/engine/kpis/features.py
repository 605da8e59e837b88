"""Features (catalogue part 1, section 2.5)."""

from __future__ import annotations

from typing import Any, Final

from stream.engine.kpis.kpi import Kpi, Value, View, divided
from stream.engine.names import OTHER
from stream.engine.publication import published
from stream.engine.windows import L

ROWS: Final = 100


def _features(view: View) -> Value:
    uses, adopters = view.labels("uses"), view.labels("adopters")
    by_plan = sorted(feature.name for feature in view.definitions.features if feature.plans is not None)
    configured = {feature.name for feature in view.definitions.features}
    rows: list[dict[str, Any]] = []
    names = sorted({*uses, *configured} - {OTHER}, key=lambda name: (-uses.get(name, 0), name))
    for feature in names[:ROWS]:
        adopting, eligible = adopters.get(feature, 0), view["active_users"]
        with_plan = adopting
        if feature in by_plan:
            eligible = view[f"eligible_{by_plan.index(feature)}"]
            with_plan = view.labels("adopters_eligible").get(feature, 0)
        rows.append(
            {
                "feature": feature,
                "uses": uses.get(feature, 0),
                "adopters": adopting,
                "eligible": eligible,
                "adoption": published(divided(with_plan, eligible, "no eligible users").value),
                "depth": published(divided(uses.get(feature, 0), adopting, "no adopters").value),
            }
        )
    rest = sum(uses.get(name, 0) for name in names[ROWS:]) + uses.get(OTHER, 0)
    if rest:
        rows.append({"feature": OTHER, "uses": rest, **dict.fromkeys(("adopters", "eligible", "adoption", "depth"))})
    return Value(rows)


FEATURES: Final = Kpi(
    "features",
    "table",
    L,
    _features,
    "What is used, by how many of those who could, and how much.",
    "For each feature, most uses first, 100 at most: `uses` (successful `usage.tracked`), `adopters` (distinct users), "
    "`eligible` (active users, of the feature's plans if it has some), `adoption` = eligible adopters ÷ `eligible`, "
    "`depth` = `uses` ÷ `adopters`. A last row `other` adds up the uses of the rest; people cannot be added up.",
    "https://amplitude.com/blog/feature-adoption",
    "Ann exports three times, Bob is active too: `export` has `uses` 3, `adopters` 1, `eligible` 2, `adoption` 0.5, "
    "`depth` 3.",
)
FEATURE_BREADTH: Final = Kpi(
    "feature_breadth",
    "features/user",
    L,
    lambda view: divided(sum(view.labels("adopters").values()), view["active_users"], "no active users"),
    "How many features an active person uses.",
    "Distinct pairs of a user and a feature with at least one use ÷ `active_users`; null: no active users.",
    "https://amplitude.com/blog/feature-adoption",
    "Ann uses two features and Bob none: 1.",
)
