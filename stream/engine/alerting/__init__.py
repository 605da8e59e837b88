"""Alerts: rules over values, judged at the instants of a grid in event time."""
