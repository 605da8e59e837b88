"""A business that never was, for demonstrations, tests and benchmarks: its events, and the truth about them."""

from stream.simulate.business import START, Business
from stream.simulate.lines import to_lines

__all__ = ["START", "Business", "to_lines"]
