"""KPIs that a business declares itself, under `kpis:` of `vitals.yaml` (catalogue part 4, section 8)."""
