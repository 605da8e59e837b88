"""The oracle of checkpoints: what the committed rows say at each marker is what the source says up to its offsets.

It reads the bytes of the changelog as they are: a key is the table's name, a NUL and JSON; a value is a version, a
space and JSON. Nothing of the engine or the runtime is asked.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from .findings import Findings
from .following import MARKER, Record
from .recount import COUNTS, Outcome, is_forgotten

_ID_BYTES: Final = 12
_PASSIVE: Final = ("usage.page_pinged", "usage.impressed", "usage.identified")


class PartitionOracle:
    """Follows the changelog of one partition from marker to marker.

    Args:
        number: of the partition.
        outcomes: what must become of each record, by the name that markers have for its topic and partition.
        findings: what is wrong goes there.
    """

    def __init__(self, number: int, outcomes: Mapping[str, Sequence[Outcome]], findings: Findings) -> None:
        self._name: Final = f"partition {number}"
        self._outcomes: Final = outcomes
        self._findings: Final = findings
        self._offsets: dict[str, int] = dict.fromkeys(outcomes, 0)
        self._place: Final = dict.fromkeys(outcomes, 0)
        self._counts: Final = Counter[str]()
        self._progress: dict[str, Any] = {"as_of": 0, "counts": dict.fromkeys(COUNTS, 0)}
        self._highest: Final = dict.fromkeys(outcomes, 0)
        self._new_ids: list[tuple[str, Outcome]] = []
        self._written_ids: Counter[int] = Counter()
        self._ahead: dict[int, list[Outcome]] = {}
        """Events that were read and whose time has not come, by second."""
        self._waiting: dict[bytes, list[bytes]] = {}
        """The same, as the rows say."""
        self._uses: Counter[str] = Counter()
        self._rows_of_uses: dict[str, int] = {}

    def check(self, records: Sequence[Record]) -> None:
        """Check every checkpoint of the changelog, and that the last one covers all of the source."""
        rows_since = 0
        for record in records:
            if record.key != MARKER:
                rows_since += 1
                self._take(record.key or b"", record.value)
                continue
            rows_since = 0
            self._advance(json.loads(record.value or b"{}"))
            self._compare(record.offset)
            self._findings.checkpoints += 1
        if rows_since:
            self._wrong(f"{rows_since} rows after the last marker")
        self._finish()

    def _wrong(self, text: str) -> None:
        self._findings.wrong_rows += 1
        self._findings.note(f"{self._name}: {text}")

    # --- what the rows say

    def _take(self, key: bytes, value: bytes | None) -> None:
        table, _, name = key.partition(b"\0")
        row = None if value is None else json.loads(value.partition(b" ")[2])
        if table == b"progress":
            self._progress = row
        elif table == b"ids" and row is not None:
            packed = base64.b64decode(row)
            for start in range(0, len(packed), _ID_BYTES):
                self._written_ids[int.from_bytes(packed[start : start + _ID_BYTES], "little")] += 1
        elif table == b"waiting":
            self._waiting.pop(name, None)
            if row is not None:
                self._waiting[name] = [base64.b64decode(data) for _, data in row]
        elif table == b"accounts" and row is not None:
            self._rows_of_uses[json.loads(name)] = sum(row[4].values())

    # --- what the source says

    def _advance(self, offsets: dict[str, int]) -> None:
        """Go on to the offsets of a marker."""
        if offsets.keys() != self._offsets.keys():
            self._wrong(f"the marker names {sorted(offsets)}")
            return
        for name, offset in offsets.items():
            if offset < self._offsets[name]:
                self._findings.backwards += 1
                self._findings.note(f"{self._name}: {name} went back from {self._offsets[name]} to {offset}")
            outcomes, place = self._outcomes[name], self._place[name]
            while place < len(outcomes) and outcomes[place].offset < offset:
                self._count(name, outcomes[place])
                place += 1
            self._place[name] = place
        self._offsets = offsets

    def _count(self, name: str, outcome: Outcome) -> None:
        self._highest[name] = max(self._highest[name], outcome.highest)
        self._counts[outcome.count] += 1
        self._counts["late"] += outcome.late
        self._counts["conflicts"] += outcome.conflict
        if outcome.identity:
            self._new_ids.append((name, outcome))
        if outcome.count == "events":
            self._ahead.setdefault(outcome.at // 1_000_000, []).append(outcome)

    def _apply(self) -> None:
        """Count what is before `as_of`."""
        for second in [second for second in self._ahead if second < self._progress["as_of"]]:
            for outcome in self._ahead.pop(second):
                event = outcome.event
                use = event["type"].startswith("usage.") and event["type"] not in _PASSIVE
                if use and event.get("account_id") and event.get("active", True):
                    self._uses[event["account_id"]] += 1

    # --- whether they agree

    def _compare(self, offset: int) -> None:
        where = f"marker at {offset}"
        said = self._progress["counts"]
        for name in COUNTS:
            if said[name] != self._counts[name]:
                self._wrong(f"{where}: {name} is {said[name]}, the source makes {self._counts[name]}")
        self._compare_ids(where)
        self._apply()
        waiting = Counter(data for held in self._waiting.values() for data in held)
        ahead = Counter(outcome.value for held in self._ahead.values() for outcome in held)
        if waiting != ahead:
            self._wrong(f"{where}: {waiting.total()} events wait, the source makes {ahead.total()}")
        for account, uses in self._rows_of_uses.items():
            if uses != self._uses[account]:
                self._wrong(f"{where}: {account} has {uses} uses, the source makes {self._uses[account]}")
        self._rows_of_uses.clear()

    def _compare_ids(self, where: str) -> None:
        """Compare the identities that were written since the last marker with those that are new; some have expired."""
        for name, outcome in self._new_ids:
            if self._written_ids[outcome.identity]:
                self._written_ids[outcome.identity] -= 1
            elif not is_forgotten(name.split(".")[-1].split(":")[0], outcome.at, self._highest[name]):
                self._wrong(f"{where}: the identity of {outcome.offset} in {name} is missing")
        if self._written_ids.total():
            self._wrong(f"{where}: {self._written_ids.total()} identities are there twice, or of no event")
        self._written_ids.clear()
        self._new_ids.clear()

    def _finish(self) -> None:
        """Compare the last checkpoint with the whole source: each record is in one counter."""
        for name, outcomes in self._outcomes.items():
            missing = len(outcomes) - self._place[name]
            if missing:
                self._findings.lost += missing
                self._findings.note(f"{self._name}: {missing} records of {name} are behind the last marker")
        said = self._progress["counts"]
        counted = sum(said[name] for name in COUNTS if name not in ("conflicts", "late"))
        covered = sum(self._place.values())
        self._findings.lost += max(0, covered - counted)
        self._findings.double += max(0, counted - covered)


def check_merge(records: Sequence[Record], findings: Findings) -> None:
    """Check that what the merge has published of each partition's totals never goes back."""
    before: dict[str, int] = {}
    for record in records:
        if record.key == MARKER:
            offsets = {name: at for name, at in json.loads(record.value or b"{}").items() if ".totals:" in name}
            back = [name for name, at in offsets.items() if at < before.get(name, 0)]
            findings.backwards += len(back)
            for name in back:
                findings.note(f"merge: {name} went back from {before[name]} to {offsets[name]}")
            before = offsets
