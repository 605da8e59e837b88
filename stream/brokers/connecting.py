"""How kafka-python reaches the brokers of a deployment."""

from __future__ import annotations

from typing import Any

from stream.brokers.versions import told_version
from stream.settings.deployment import Deployment


def client_settings(deployment: Deployment) -> dict[str, Any]:
    """Return the arguments of a client of kafka-python that say where the brokers are and who asks."""
    settings: dict[str, Any] = {
        "bootstrap_servers": deployment.kafka_bootstrap.split(","),
        "security_protocol": deployment.kafka_security.upper(),
        "ssl_cafile": None if deployment.kafka_cafile is None else str(deployment.kafka_cafile),
    }
    if (version := told_version(deployment)) is not None:
        settings["api_version"] = version
    return settings | credentials(deployment)


def credentials(deployment: Deployment) -> dict[str, Any]:
    """Return the part of the settings that is about SASL; empty where it is not used."""
    if not deployment.kafka_security.startswith("sasl"):
        return {}
    password = deployment.kafka_password
    return {
        "sasl_mechanism": deployment.kafka_sasl_mechanism,
        "sasl_plain_username": deployment.kafka_username,
        "sasl_plain_password": None if password is None else password.get_secret_value(),
    }
