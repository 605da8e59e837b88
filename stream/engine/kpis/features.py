"""Features (catalogue part 1, section 2.5)."""

from __future__ import annotations

from typing import Any, Final

from stream.engine.kpis.kpi import Kpi, Value, View, divided
from stream.engine.publication import published
from stream.engine.windows import L

ROWS: Final = 100


def _features(view: View) -> Value:
    uses, adopters = view.labels("uses"), view.labels("adopters")
    by_plan = sorted(feature.name for feature in view.definitions.features if feature.plans is not None)
    configured = {feature.name for feature in view.definitions.features}
    rows: list[dict[str, Any]] = []
    for feature in sorted({*uses, *configured}, key=lambda name: (-uses.get(name, 0), name))[:ROWS]:
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
    return Value(rows)


FEATURES: Final = Kpi(
    "features",
    "table",
    L,
    _features,
    "What is used, by how many of those who could, and how much.",
    "For each feature, most uses first, 100 at most: `uses` (successful `usage.tracked`), `adopters` (distinct users), "
    "`eligible` (active users, of the feature's plans if it has some), `adoption` = eligible adopters ÷ `eligible`, "
    "`depth` = `uses` ÷ `adopters`.",
    "https://amplitude.com/blog/feature-adoption",
)
