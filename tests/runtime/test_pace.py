"""Partitions that stand still while others go on."""

from stream.engine.intake import Counts
from stream.engine.partition import Tick
from stream.runtime.pace import Pace


def ticks(**reached):
    return {int(name[1:]): None if at is None else Tick(at, False, {}, Counts()) for name, at in reached.items()}


def test_one_that_is_behind_and_does_not_move_stands_still_after_a_while():
    pace = Pace(300)

    assert pace.standing(ticks(p0=10, p1=10, p2=None), 0) == set()
    assert pace.standing(ticks(p0=20, p1=10, p2=None), 300) == set()
    assert pace.standing(ticks(p0=30, p1=10, p2=None), 301) == {1, 2}
    assert pace.standing(ticks(p0=40, p1=11, p2=None), 302) == {2}  # slow, but it moves
    assert pace.standing(ticks(p0=40, p1=40, p2=40), 303) == set()


def test_where_all_stand_still_nobody_is_waited_for():
    pace = Pace(300)

    assert pace.standing(ticks(p0=10, p1=10), 0) == set()
    assert pace.standing(ticks(p0=10, p1=10), 10_000) == set()
