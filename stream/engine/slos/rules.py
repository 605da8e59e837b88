"""The pairs of objectives as rules: both windows burn faster than a factor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final

from stream.engine.alerting.rules import Condition, Rule, Telling
from stream.engine.definitions import Definitions
from stream.engine.segments import ALL_NAME
from stream.engine.slos.model import Pair, Slo, window_name

_OWN: Final = tuple(Telling.model_fields)


class PairRule(Rule):
    """The rule of a pair: its value is the burn rate in the long window."""

    leading: ClassVar[bool] = True


def judged_rules(definitions: Definitions) -> list[Rule]:
    """Return the rules of a business: the written ones, and those of its objectives."""
    return [*definitions.rules, *pair_rules(definitions.slos)]


def pair_rules(slos: Sequence[Slo]) -> Iterator[Rule]:
    """Yield the rules of the pairs of objectives."""
    for slo in slos:
        for pair in slo.used_pairs:
            yield _rule(slo, pair)


def rule_name(slo: Slo, pair: Pair) -> str:
    """Return the name of a pair's rule."""
    return f"slo_{slo.name}_{pair.long}_{pair.short}"


def _rule(slo: Slo, pair: Pair) -> Rule:
    factor = pair.factor(slo.period)
    # thresholds are exact: a factor such as 72/35 is no decimal, so that it is put in beside validation
    parts = [
        Condition.model_validate(
            {"value": f"slo_{slo.name}_burn_rate.{window_name(size)}", "segment": ALL_NAME, "above": 1}
        ).model_copy(update={"above": factor})
        for size in (pair.long_seconds, pair.short_seconds)
    ]
    slower = [rule_name(slo, other) for other in slo.used_pairs if other.long_seconds > pair.long_seconds]
    told: dict[str, Any] = {name: getattr(pair, name) for name in _OWN}
    told["labels"] = {
        "slo": slo.name,
        "budget": f"{pair.budget}",
        "long": pair.long,
        "short": pair.short,
        **pair.labels,
    }
    if slower and not pair.inhibit:
        told["inhibit"] = {"rules": slower}
    written = PairRule.model_validate({"name": rule_name(slo, pair), "value": parts[0].value, "above": 1})
    return written.model_copy(update={**told, "value": None, "above": None, "and_": parts, "segment": slo.of})
