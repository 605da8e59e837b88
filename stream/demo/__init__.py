"""`vitals demo`: the whole of Vitals on one machine, with nothing installed but Python packages.

```
feed ──► broker ──► worker ──► redis ──► page
  └─ past (`vitals replay` of the same events) ──┘
```
Each box is a process; `run` starts them, says where the page is, and ends them. The broker is the one that librdkafka
has for its own tests: it keeps the newest 5 MiB a partition and knows no transactions, so the worker keeps no state,
and a process that ends by itself ends the demo. The rest is what runs elsewhere, too.
"""
