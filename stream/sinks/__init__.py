"""Sinks: where publications go besides Kafka."""
