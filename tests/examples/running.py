"""Ways to run an example, each of which must end in the same values."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from schemas.keys import message_key
from stream.cli import replaying
from stream.engine.decoding import decode
from stream.engine.merge import Calculator, MergedTotals
from stream.engine.partition import PartitionEngine, new_tables
from stream.engine.snapshots import to_json

from .loading import Example, spoken

Found = dict[tuple[int, str], dict[str, Any]]
"""(`as_of` in seconds, segment) → what was published: `values` and `reasons`."""
_NOTHING: Final[dict[str, Any]] = {"values": {}, "reasons": {}}


class Engines:
    """The engines of some partitions, and what they say together."""

    def __init__(self, example: Example, partitions: int) -> None:
        self._example = example
        self._definitions = example.patient().definitions()
        self._engines = [
            PartitionEngine(new_tables(), self._definitions, right_partition=lambda _: True) for _ in range(partitions)
        ]
        self._merged = MergedTotals()
        self._calculator = Calculator(self._definitions)
        self._begin = min(example.times, default=0) // 1_000_000

    def take(self, lines: Sequence[bytes]) -> None:
        """Take events in, each where its key belongs."""
        batches = defaultdict(list)
        for line in lines:
            event = decode(line)[1]
            key = message_key(event).encode()
            batches[crc32(key) % len(self._engines), event.family].append((key, line))
        for (number, family), records in batches.items():
            refused = self._engines[number].accept(family, records)
            assert not refused, [(one.detail, records[one.place][1]) for one in refused]

    def advance(self, as_of: int) -> None:
        """Let time pass to `as_of` (seconds)."""
        for number, engine in enumerate(self._engines):
            engine.advance(as_of)
            rows = engine.take_totals(every_segment=True)
            self._merged.put(number, (((segment, window, 0), dict(total)) for segment, window, total in rows))
        self._calculator.see(self._merged.of)

    def asked(self, as_ofs: Sequence[int]) -> set[int]:
        """Return the seconds of which targets and trends ask what values were there."""
        asked = {second for as_of in as_ofs for second in self._calculator.steering.needed(as_of)}
        return {second for second in asked if second > self._begin}

    def keep(self, as_of: int) -> None:
        """Keep what targets and trends ask for."""
        self._calculator.keep(as_of)

    def said(self, as_of: int) -> Found:
        """Return what is said of the segments that something is expected of at `as_of`."""
        calculator, found = self._calculator, Found()
        for segment in {one.segment for one in self._example.expected if one.as_of == as_of}:
            values = calculator.values(segment, self._merged.of(segment), as_of)
            found[as_of, segment] = json.loads(to_json({"values": values.values, "reasons": values.reasons}))
        return found


def _played(example: Example, lines: Sequence[bytes], partitions: int = 1) -> Found:
    """Return what engines say that take all lines in before any time passes."""
    engines, found = Engines(example, partitions), Found()
    engines.take(lines)
    asked = engines.asked(example.as_ofs)
    for second in sorted({*asked, *example.as_ofs}):
        engines.advance(second)
        if second in asked:
            engines.keep(second)
        found |= engines.said(second)
    return found


def in_given_order(example: Example, _: Path) -> Found:
    return _played(example, example.lines)


def reversed_order(example: Example, _: Path) -> Found:
    return _played(example, example.lines[::-1])


def every_event_twice(example: Example, _: Path) -> Found:
    return _played(example, [line for line in example.lines for _ in range(2)] + list(example.lines))


def over_three_partitions(example: Example, _: Path) -> Found:
    return _played(example, example.lines, partitions=3)


def corrected(example: Example, _: Path) -> Found:
    """Return what an engine says at the end to which the events come late, one by one, the latest first."""
    engines, last = Engines(example, 1), example.as_ofs[-1]
    if example.config.get("targets") or example.config.get("trends"):
        return _played(example, example.lines)  # what values were stays as it was judged, whatever comes late
    engines.advance(last)
    latest_first = sorted(zip(example.times, example.lines, strict=True), reverse=True)
    for _, line in latest_first:
        engines.take([line])
        engines.advance(last)
    return engines.said(last)


def replayed(example: Example, directory: Path) -> Found:
    """Return what `vitals replay` writes."""
    config, events, out = directory / "vitals.yaml", directory / "events.jsonl", directory / "snapshots.jsonl"
    config.write_text(example.vitals_yaml)
    events.write_bytes(b"".join(line + b"\n" for line in example.lines))
    replaying.run(
        [str(events)],
        config,
        replaying.Times([spoken(as_of) for as_of in example.as_ofs], None, None, None),
        sorted({one.segment for one in example.expected}),
        replaying.Outputs(str(out), None, None),
        step="1m",
        strict=True,
    )
    snapshots = list(map(json.loads, out.read_bytes().splitlines()))
    instants = {spoken(as_of): as_of for as_of in example.as_ofs}
    return {(instants[one["as_of"]], one["segment"]): one for one in snapshots}


RUNS: Final[Sequence[Callable[[Example, Path], Found]]] = (
    in_given_order,
    reversed_order,
    every_event_twice,
    over_three_partitions,
    corrected,
    replayed,
)


def wrong(example: Example, found: Mapping[tuple[int, str], Mapping[str, Any]]) -> list[str]:
    """Say which values, of those that were looked at, are not the expected ones."""
    return [text for place, said in found.items() for text in _wrong(example, place, said)]


def _wrong(example: Example, place: tuple[int, str], said: Mapping[str, Any]) -> Iterator[str]:
    for one in example.expected:
        if (one.as_of, one.segment) != place:
            continue
        where = f"{example.family}.yaml: {example.name}: at {spoken(one.as_of)}, {one.segment}"
        for name, value in one.values.items():
            told = said["values"].get(name, "missing")
            if told != value or isinstance(told, bool) is not isinstance(value, bool):
                why = said["reasons"].get(name)
                because = f" ({why})" if why else ""
                yield f"{where}: {name}: expected {value!r}, found {told!r}{because}"
        for name, reason in one.reasons.items():
            told = said["reasons"].get(name)
            if told != reason:
                yield f"{where}: reason of {name}: expected {reason!r}, found {told!r}"
