"""Use that dropped: judged at every local midnight, however rarely anybody asks."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from stream.engine.calendar import Calendar
from stream.engine.definitions import SignalsSection
from stream.engine.trackers.accounts import Account
from stream.engine.trackers.signals import UseSignals

CALENDAR = Calendar("Europe/Berlin", "monday")
SETTINGS = SignalsSection(baseline_days=9, baseline_min_days=4, usage_drop_min_week=5)
FIRST = 20_000
USES = st.dictionaries(st.integers(FIRST, FIRST + 60), st.integers(0, 4), max_size=60)


def dropped_since(uses, until):
    """The definition, day by day."""
    since, first = None, min(uses)
    for day in range(first, until + 1):
        days = range(max(day - 7 - SETTINGS.baseline_days, first), day - 7)
        if len(days) < SETTINGS.baseline_min_days:
            continue
        baseline = Fraction(7 * sum(uses.get(one, 0) for one in days), len(days))
        recent = sum(uses.get(one, 0) for one in range(day - 7, day))
        if baseline < SETTINGS.usage_drop_min_week or recent >= baseline * SETTINGS.usage_drop_recovers:
            since = None
        elif since is None and recent < baseline * SETTINGS.usage_drop_below:
            since = CALENDAR.start("day", day) * 1_000_000
    return since


@given(USES.filter(bool), st.sets(st.integers(FIRST, FIRST + 120), max_size=4), st.integers(FIRST, FIRST + 120))
def test_use_has_dropped_since_the_midnight_that_the_definition_says(uses, folds, until):
    signals, row = UseSignals(SETTINGS, CALENDAR), Account(0, {}, 0, min(uses), dict(uses))
    for day in sorted(folds):
        if day <= until:
            signals.fold(row, day)
    assert signals.dropped(row, until) == dropped_since(uses, until)


def test_a_year_of_silence_is_no_drop():
    uses = dict.fromkeys(range(FIRST, FIRST + 30), 4)
    row = Account(0, {}, 0, FIRST, uses)
    assert UseSignals(SETTINGS, CALENDAR).dropped(row, FIRST + 35) is not None
    assert UseSignals(SETTINGS, CALENDAR).dropped(row, FIRST + 400) is None
