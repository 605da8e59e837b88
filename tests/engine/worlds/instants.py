"""Instants that are crowded around the edges of windows."""

from datetime import UTC, datetime

from hypothesis import strategies as st

# A Monday, the day after Berlin's clocks went forward.
NOW = int(datetime(2026, 3, 30, 12, 0, 0, tzinfo=UTC).timestamp())
HOUR, DAY = 3_600, 86_400

# Distances from `as_of` at which windows begin, sessions end, periods turn, trials and signals run out.
EDGES = [
    0,
    1,
    30,
    299,
    300,
    301,
    1_800,
    3_599,
    3_600,
    3_610,
    2 * HOUR,
    12 * HOUR,
    14 * HOUR,
    DAY - 300,
    DAY,
    DAY + 300,
    2 * DAY,
    6 * DAY,
    7 * DAY,
    8 * DAY,
    14 * DAY,
    15 * DAY,
    28 * DAY,
    29 * DAY,
    30 * DAY,
    31 * DAY,
    40 * DAY,
    58 * DAY,
]
JITTER = st.one_of(
    st.just(0),
    st.sampled_from([1, -1, 1_000_000, 1_799_999_999, 1_800_000_000, -1_800_000_000]),
    st.integers(-3_000_000_000, 3_000_000_000),
)


def times():
    """Microseconds since the epoch, at or near an edge; a few of them after `as_of`."""
    return st.builds(lambda edge, jitter: (NOW - edge) * 1_000_000 + jitter, st.sampled_from(EDGES), JITTER)


def text(us):
    moment = datetime.fromtimestamp(us // 1_000_000, UTC).replace(microsecond=us % 1_000_000)
    return moment.isoformat().replace("+00:00", "Z")


def maybe(strategy):
    return st.one_of(st.none(), strategy)
