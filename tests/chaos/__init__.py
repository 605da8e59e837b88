"""Faults on a whole live system, one after another, and an oracle that holds every checkpoint against the source.

`make chaos SEED=1 FAULTS=50 WORKERS=2`. A run is repeatable as far as faults can be: the events, the faults, their
order and their aim follow from the seed; when exactly a request meets them is the machine's affair, which is the point.
"""
