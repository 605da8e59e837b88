"""The doctor: what Vitals needs, looked at one thing after the other; what is wrong, and how to mend it."""
