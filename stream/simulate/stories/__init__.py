"""Stories: what can happen to an account. A new one is a function of a `Life`, listed in its module's `STORIES`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from stream.simulate.chance import Chance
from stream.simulate.life import Life
from stream.simulate.stories import bills, changes, endings, trials

Story: TypeAlias = Callable[[Life], None]

# Those that take more than a month happen to accounts that sign up first.
SLOW: tuple[Story, ...] = (*bills.SLOW, *endings.SLOW)
QUICK: tuple[Story, ...] = (*trials.STORIES, *changes.STORIES, *endings.STORIES, *bills.STORIES)


def deal(count: int, chance: Chance) -> list[tuple[Story, bool]]:
    """Deal each account its story and whether it must sign up early: all stories once before any of them again."""
    dealt: list[tuple[Story, bool]] = []
    while len(dealt) < count:
        deck: Sequence[tuple[Story, bool]] = [(story, True) for story in SLOW] + [(story, False) for story in QUICK]
        dealt += chance.shuffled(deck)
    return dealt[:count]
