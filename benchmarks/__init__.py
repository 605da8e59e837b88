"""Programs that print figures; `docs/benchmarks.md` keeps them."""
