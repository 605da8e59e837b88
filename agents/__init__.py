"""Agents: one a topic. They take batches in and hand them to the state that comes with them; no arithmetic here."""
