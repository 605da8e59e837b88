"""The oracle of what leaves with checkpoints: each refused record is written out once, with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from .findings import Findings
from .following import Record
from .recount import Outcome

Place = tuple[str, str, str]
"""Topic, partition and offset that a refused record came from, as its headers say."""


def check_refused(
    written: Iterable[Record], outcomes: Mapping[tuple[str, int], Sequence[Outcome]], findings: Findings
) -> None:
    """Compare what is in `dead-letters` and `late` with what must be.

    Args:
        written: the committed records of both topics.
        outcomes: what must become of each record, by topic and partition.
        findings: what is wrong goes there.
    """
    expected: dict[Place, str] = {
        (topic, str(number), str(outcome.offset)): outcome.reason
        for (topic, number), found in outcomes.items()
        for outcome in found
        if outcome.reason
    }
    places: Counter[Place] = Counter()
    for record in written:
        headers = {name: data.decode() for name, data in record.headers}
        place = headers["topic"], headers["partition"], headers["offset"]
        places[place] += 1
        if place not in expected:
            findings.repeats += 1
            findings.note(f"{place} was refused ({headers['reason']}), and is good")
        elif expected[place] != headers["reason"]:
            findings.wrong_rows += 1
            findings.note(f"{place} was refused as {headers['reason']}, and is {expected[place]}")
    for place, times in places.items():
        if times > 1:
            findings.repeats += times - 1
            findings.note(f"{place} was written out {times} times")
    for place in expected.keys() - places.keys():
        findings.holes += 1
        findings.note(f"{place} ({expected[place]}) was written out nowhere")
