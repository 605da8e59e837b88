"""The truth: the catalogue's values from what the world knows of itself, apart from the engine and the events."""
