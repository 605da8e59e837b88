"""Brokers as commands and publishers see them: how to reach them, and why they cannot be reached."""
