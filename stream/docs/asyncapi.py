"""The AsyncAPI 3.1 document: every topic with its key, messages, headers and settings, written from the cards."""

from __future__ import annotations

from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import yaml

from schemas import CARDS, FAMILIES, MODELS, TopicCard
from stream.docs.json_schema import json_schema
from stream.settings.deployment import Deployment

__all__ = ["ASYNCAPI", "asyncapi", "document"]

ASYNCAPI: Final = "asyncapi.yaml"
"""Name of the file. It stands beside the JSON Schemas, to which it refers."""

_BINDING: Final = "0.5.0"
_DIALECT: Final = "application/schema+json;version=draft-2020-12"
_REFUSALS: Final = ("dead-letters", "late")
_OUTPUTS: Final = {"snapshots": "snapshot", "alerts": "alert"}
_INTRO: Final = """\
Live KPIs and trusted alerts for a SaaS business: events in Kafka in, snapshots and alerts out.

An operation `receive` is what Vitals reads, so what you write; `send` is what Vitals writes.
The input topics have the same number of partitions and Kafka's default partitioner (murmur2), so that what belongs
together is on one partition: a record under another key than the one described is refused.
Rules between fields, e.g. that `good` is at most `total`, are not in the schemas; the topic of dead letters says which
one an event broke.
"""


def asyncapi() -> str:
    """Write the document as YAML; the payloads are references to the files of the JSON Schemas."""
    written: str = yaml.dump(document(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return (
        "# Written by `vitals schema --asyncapi`: change the models and cards in schemas/, not this file.\n" + written
    )


def document() -> dict[str, Any]:
    """Make the document.

    Example:
        >>> made = document()
        >>> made["channels"]["usage"]["address"], made["operations"]["receive_usage"]["action"]
        ('{namespace}.usage', 'receive')
    """
    deployment = Deployment.model_fields
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "Vitals",
            "version": _version(),
            "description": _INTRO,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": deployment["kafka_bootstrap"].default,
                "protocol": "kafka",
                "description": "The brokers, as VITALS_KAFKA_BOOTSTRAP says.",
            }
        },
        "channels": {card.name: _channel(card) for card in CARDS.values()},
        "operations": {f"{_action(card)}_{name}": _operation(card) for name, card in CARDS.items()},
        "components": {
            "parameters": {
                "namespace": {
                    "description": "What all topics begin with: VITALS_NAMESPACE.",
                    "default": deployment["namespace"].default,
                }
            },
            "messages": {name: message for card in CARDS.values() for name, message in _messages(card).items()},
        },
    }


def _version() -> str:
    """The version of the package; of a source tree that is not installed, none is known."""
    try:
        return version("saas-vitals")
    except PackageNotFoundError:
        return "0"


def _channel(card: TopicCard) -> dict[str, Any]:
    deployment = Deployment.model_fields
    configuration: dict[str, Any] = {
        "cleanup.policy": [card.cleanup],
        "retention.ms": -1 if card.retention is None else card.retention // timedelta(milliseconds=1),
        "max.message.bytes": card.max_message_bytes,
    }
    return {
        "address": f"{{namespace}}.{card.name}",
        "description": _about(card),
        "parameters": {"namespace": {"$ref": "#/components/parameters/namespace"}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _messages(card)},
        "bindings": {
            "kafka": {
                "partitions": deployment["partitions"].default if card.partitions == "inputs" else card.partitions,
                "replicas": deployment["replication"].default,
                "topicConfiguration": configuration,
                "bindingVersion": _BINDING,
            }
        },
        "x-writers": list(card.writers),
        "x-readers": list(card.readers),
    }


def _about(card: TopicCard) -> str:
    kept = "until a newer record of its key" if card.retention is None else f"for {card.retention.days} days"
    number = (
        "As many partitions as every input topic: VITALS_PARTITIONS" if card.partitions == "inputs" else "1 partition"
    )
    lines = [card.purpose, f"Record key: {card.key}.", f"Value: {card.value}", f"{number}. Kept {kept}."]
    for words, names in (("Written by", card.writers), ("Read by", card.readers)):
        if names:
            lines.append(f"{words}: {'; '.join(names)}.")
    return "\n".join(lines) + "\n"


def _action(card: TopicCard) -> str:
    """Say what Vitals does with a topic."""
    return "receive" if card.name in FAMILIES else "send"


def _operation(card: TopicCard) -> dict[str, Any]:
    return {"action": _action(card), "channel": {"$ref": f"#/channels/{card.name}"}, "summary": card.purpose}


def _messages(card: TopicCard) -> dict[str, dict[str, Any]]:
    """Describe the messages of a topic by name."""
    if card.name in FAMILIES:
        types = [name for name in MODELS if name.partition(".")[0] == card.name]
        return {name: _message(card, name, name) for name in types}
    if card.name in _OUTPUTS:
        name = _OUTPUTS[card.name]
        return {name: _message(card, name, name)}
    return {card.name: _message(card, card.name, None)}


def _message(card: TopicCard, name: str, schema: str | None) -> dict[str, Any]:
    """Describe a message; without a schema its value is not for others, or anything at all."""
    message: dict[str, Any] = {"name": name}
    if schema is None:
        message |= {"summary": card.purpose, "contentType": "application/octet-stream"}
    else:
        made = json_schema(schema)
        message |= {"title": made["title"], "summary": made["description"], "contentType": "application/json"}
        message["payload"] = _reference(schema)
    if card.name in _REFUSALS:
        message["headers"] = _reference("dead-letter")
    message["bindings"] = {
        "kafka": {"key": {"type": "string", "description": card.key}, "bindingVersion": _BINDING},
    }
    return message


def _reference(name: str) -> dict[str, Any]:
    return {"schemaFormat": _DIALECT, "schema": {"$ref": f"./{name}.json"}}


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, and repeats instead of pointing."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the signature is PyYAML's
        """Never point: the document is for people too."""
        return True


def _text(dumper: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style="|" if "\n" in data else None)


_Dumper.add_representer(str, _text)
