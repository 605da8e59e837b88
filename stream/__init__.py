"""Vitals: the engine, and everything around it."""
