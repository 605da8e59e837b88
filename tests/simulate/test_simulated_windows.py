"""Windows and numbers of the truth."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest

from stream.simulate.instants import instant, midnight, months_later, short, text
from stream.simulate.truth.numbers import cut, ratio, rounded
from stream.simulate.truth.quantiles import cell, published, quantile
from stream.simulate.truth.windows import Slices, Window, total, windows


def at(*moment):
    return instant(datetime(*moment, tzinfo=UTC))


def test_rolling_starts_are_floored_to_the_pane():
    """The pane that the start cuts counts whole: 1 s, 10 s, 5 min, 1 h, 1 h."""
    named = windows(at(2026, 2, 18, 10, 7, 13), "UTC")

    assert [named[name].start for name in ("5m", "1h", "24h", "7d", "30d")] == [
        at(2026, 2, 18, 10, 2, 13),
        at(2026, 2, 18, 9, 7, 10),
        at(2026, 2, 17, 10, 5),
        at(2026, 2, 11, 10),
        at(2026, 1, 19, 10),
    ]
    assert {named[name].end for name in ("5m", "1h", "24h", "7d", "30d")} == {at(2026, 2, 18, 10, 7, 13)}


def test_calendar_in_the_zone_of_the_business():
    """Days, weeks from Monday, and months are local."""
    named = windows(at(2026, 3, 1, 22, 30), "Asia/Kolkata")  # there it is Monday, March 2nd, 04:00

    assert named["today"] == (at(2026, 3, 1, 18, 30), at(2026, 3, 1, 22, 30))
    assert named["yesterday"] == (at(2026, 2, 28, 18, 30), at(2026, 3, 1, 18, 30))
    assert named["week"].start == at(2026, 3, 1, 18, 30)
    assert named["last_week"].start == at(2026, 2, 22, 18, 30)
    assert named["month"].start == at(2026, 2, 28, 18, 30)
    assert named["last_month"] == (at(2026, 1, 31, 18, 30), at(2026, 2, 28, 18, 30))


def test_at_midnight_today_is_empty():
    """At exactly 00:00 the new day has begun and holds nothing."""
    named = windows(at(2026, 1, 5), "UTC")

    assert named["today"] == (at(2026, 1, 5), at(2026, 1, 5))
    assert named["week"].start == at(2026, 1, 5)
    assert named["yesterday"] == (at(2026, 1, 4), at(2026, 1, 5))
    assert list(Slices(named).within("today")) == []


def test_a_day_with_23_hours():
    """The day on which clocks go forward is shorter."""
    named = windows(at(2026, 3, 9, 12), "America/New_York")

    assert named["yesterday"].end - named["yesterday"].start == 23 * 3_600_000


def test_slices_add_up_to_windows():
    """Each instant is in exactly the slices of the windows that hold it; edges belong to what begins."""
    named = {"a": Window(10, 30), "b": Window(20, 40)}
    slices = Slices(named)
    counts = [0] * slices.count
    for when in (9, 10, 19, 20, 29, 30, 39, 40):
        counts[slices.of(when)] += 1

    assert total(counts, slices.within("a")) == 4
    assert total(counts, slices.within("b")) == 4
    assert slices.mask("a") & (1 << slices.of(20)) == slices.mask("b") & (1 << slices.of(20)) != 0


def test_numbers_are_rounded_once():
    """HALF_UP at 6 decimals; availability is cut; nothing is null."""
    assert rounded(Fraction(1, 2_000_000)) == 0.000001
    assert rounded(Fraction(-1, 2_000_000)) == -0.000001
    assert ratio(2, 3) == 0.666667
    assert ratio(1, 0) is None
    assert cut(100, 105) == 0.952380
    assert cut(9_999_999_999, 10_000_000_000) == 0.999999
    assert cut(0, 0) is None


@pytest.mark.parametrize("k", [1, 35, 346, 700, 1085])
def test_cells_at_their_borders(k):
    """A cell holds what is above the border before and up to its own, decided with whole numbers."""
    longest = 101**k // 99**k

    assert cell(longest + 1) > k >= cell(longest)
    assert (longest + 1) * 99**k > 101**k


def test_quantiles_are_nearest_rank():
    """P50 of 1 s and 9 s is 1 s, within 1 %; of nothing it is null."""
    cells = {cell(1_000): 1, cell(9_000): 1}

    assert quantile(cells, Fraction(1, 2)) == published(cell(1_000)) == pytest.approx(1, rel=0.01)
    assert quantile(cells, Fraction(9, 10)) == pytest.approx(9, rel=0.01)
    assert quantile({}, Fraction(1, 2)) is None
    assert quantile({cell(0): 3}, Fraction(9, 10)) == 0


def test_instants_are_written_and_read():
    """Times have milliseconds; an `as_of` has none; a month later keeps the day where there is one."""
    when = at(2026, 1, 31, 8, 5, 9)

    assert text(when + 7) == "2026-01-31T08:05:09.007Z"
    assert short(when) == "2026-01-31T08:05:09Z"
    assert text(months_later(when, 1)) == "2026-02-28T08:05:09.000Z"
    assert text(months_later(when, 12)) == "2027-01-31T08:05:09.000Z"
    assert midnight("Europe/Berlin", when // 86_400_000) == at(2026, 1, 30, 23)
