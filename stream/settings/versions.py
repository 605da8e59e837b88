"""Versions of definitions: whoever changes what is measured raises the version, so that nobody compares two series.

What a version last meant is what the workers published: the hash in Redis, `vitals:definitions`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stream.engine.definitions import Definitions
from stream.settings.yaml_lines import Problem, dotted, read


def stale_versions(
    text: str, definitions: Definitions, published: Mapping[str, Mapping[str, Any]]
) -> Iterator[Problem]:
    """Say which definitions of a file have changed under a version that is in use.

    Args:
        text: of the file.
        definitions: what it says.
        published: what workers last told of each value, by its name.
    """
    document, _ = read(text)
    known = {name.partition(".")[0]: told for name, told in published.items() if "hash" in told}
    for index, kpi in enumerate(definitions.kpis):
        told = known.get(kpi.names[0])
        if told is not None and told["hash"] != kpi.hash and kpi.version <= told["version"]:
            path = ("kpis", index, "version")
            message = f"the definition of {kpi.name} has changed; raise version to {told['version'] + 1}"
            yield Problem(document.line_of(path), dotted(path), message)
