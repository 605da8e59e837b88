"""Versions of definitions: whoever changes what is measured raises the version, so that nobody compares two series.

What a version last meant is what the workers published: the hash in Redis, `vitals:definitions`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stream.engine.catalogue import catalogue_of
from stream.engine.definitions import Definitions
from stream.engine.described import hash_of
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
    kpis = catalogue_of(definitions)
    declared = [
        *(("kpis", index, kpi.names[0], kpi.name) for index, kpi in enumerate(definitions.kpis)),
        *(("slos", index, f"slo_{one.name}_met", one.name) for index, one in enumerate(definitions.slos)),
        *(("targets", index, f"target_{one.name}_progress", one.name) for index, one in enumerate(definitions.targets)),
        *(("trends", index, f"trend_{one.name}_change", one.name) for index, one in enumerate(definitions.trends)),
    ]
    for section, index, published_name, name in declared:
        told, kpi = known.get(published_name), kpis[published_name]
        if told is not None and told["hash"] != hash_of(kpi) and kpi.version <= told["version"]:
            path = (section, index, "version")
            message = f"the definition of {name} has changed; raise version to {told['version'] + 1}"
            yield Problem(document.line_of(path), dotted(path), message)
