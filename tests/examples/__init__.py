"""Worked examples: events, and the values that they make, computed by hand; one YAML file a family, beside this one.

Each file is a list of

```yaml
- name: what it is about
  from: where the definition comes from
  config: {business: {zone: Europe/Berlin}}   # of vitals.yaml; may be left out
  events:
    - {type: growth.lead_changed, time: 2026-05-01T09:00:00Z, lead_id: l1, stage: converted}
  expect:
    - as_of: 2026-06-01T00:00:00Z
      segment: all                           # so by default
      values: {conversions.30d: 1, conversion_rate.30d: null, arpa: 100/3}
      reasons: {conversion_rate.30d: no visitors}
```

Of an event, `id`, `source` and `account_id` have defaults; `account_id: null` leaves it out. A value is a number, null,
a table, or an exact fraction like 100/3, which stands for what is published of it; also within a table. A reason of
null says that there is none. Examples are run through the engine, through `vitals replay`, and live.
"""

from .loading import FAMILIES, Example, Expectation, examples
from .running import RUNS, wrong

__all__ = ["FAMILIES", "RUNS", "Example", "Expectation", "examples", "wrong"]
