"""The engine: events in, numbers and alerts out. Pure: no I/O, and no clock but the one that is passed in."""
