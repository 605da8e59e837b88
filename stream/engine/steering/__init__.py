"""Targets and trends: values held against what was wanted, and against what they were (catalogue part 4)."""
