"""Stories: what each of them moves, told for an account of its own."""

from fractions import Fraction

import pytest

from stream.simulate.accounts import Account
from stream.simulate.chance import Chance
from stream.simulate.instants import DAY, HOUR, months_later
from stream.simulate.life import Life, OverError
from stream.simulate.places import PLACES
from stream.simulate.stories import QUICK, SLOW, bills, changes, deal, endings, trials
from stream.simulate.truth.movements import movements

START = 20_458 * DAY + 9 * HOUR
END = START + 50 * DAY


def live(story, end=END, seed=1):
    account = Account("acme", PLACES[0], "US", "USD", Fraction(1), START, "pro", 5)
    life = Life(account, Chance(seed), end)
    with pytest.raises(OverError):
        story(life)
    life.settle()
    return account


def moved(account):
    """Leave out what `carry_on` adds: expansions and contractions by seats, weeks later."""
    return [movement.kind for movement in movements(account.worths, END) if movement.kind != "other"]


@pytest.mark.parametrize(
    ("story", "kinds"),
    [
        (trials.buys, ["new"]),
        (trials.trial_won, ["new"]),
        (trials.trial_lost, []),
        (trials.trial_forgotten, []),
        (trials.free_for_good, []),
        (trials.free_then_pays, ["new"]),
        (trials.gift, ["new"]),
        (trials.card_at_last, ["new"]),
        (changes.pauses, ["new", "churned", "reactivation"]),
        (changes.second_subscription, ["new"]),
        (endings.leaves_silently, ["new", "churned"]),
        (endings.leaves_with_a_word, ["new", "churned"]),
        (endings.week_silently, ["new", "churned"]),
        (endings.week_with_a_word, ["new", "churned"]),
        (endings.told_as_canceled, ["new", "churned"]),
        (endings.leaves_at_once, ["new", "churned"]),
        (endings.stays_after_all, ["new"]),
        (endings.never_was, []),
        (endings.starts_over, ["new"]),
        (endings.comes_back, ["new", "churned", "reactivation"]),
        (endings.leaves_twice, ["new", "churned", "reactivation", "churned"]),
        (bills.card_recovers, ["new"]),
        (bills.given_up_unpaid, ["new", "churned"]),
        (bills.given_up_canceled, ["new", "churned"]),
        (bills.runs_out_past_due, ["new", "churned"]),
    ],
)
def test_what_a_story_moves(story, kinds):
    """New, churned and reactivated by the rules, not by the statuses told."""
    assert moved(live(story)) == kinds


@pytest.mark.parametrize("story", [*SLOW, *QUICK])
def test_every_story_can_be_cut_anywhere(story):
    """A story ends with the span, wherever that is; nothing is told from there on, and the diary is in order."""
    whole = live(story)
    for days in (0, 3, 11, 33):
        account = live(story, end=START + days * DAY + 1)
        at = [dated[0] for dated in account.diary]
        assert all(when < START + days * DAY + 1 for when in at)
        # What is known by then does not depend on what comes.
        known = START + days * DAY
        assert movements(account.worths, known) == movements(whole.worths, known)


@pytest.mark.parametrize("story", [*SLOW, *QUICK])
def test_states_of_a_subscription_have_times_of_their_own(story):
    """Two states at one instant would make their order a matter of ids."""
    states = [
        (at, event["subscription_id"])
        for at, event in live(story).diary
        if event["type"] == "billing.subscription_changed"
    ]

    assert len(states) == len(set(states))


def test_churn_is_dated_at_the_end_of_the_period():
    """Canceled weeks before; the end comes by itself, with no event then."""
    account = live(endings.leaves_silently)
    churned = next(movement for movement in movements(account.worths, END) if movement.kind == "churned")

    assert churned.at == months_later(START, 1)
    assert not any(at >= churned.at for at, _ in account.diary)


def test_an_end_beyond_the_span_comes_all_the_same():
    """The timer was set by an event of the span."""
    end = START + 25 * DAY
    account = live(endings.leaves_with_a_word, end=end)

    assert [movement.kind for movement in movements(account.worths, end)] == ["new"]
    assert [movement.kind for movement in movements(account.worths, END)] == ["new", "churned"]


def test_a_gift_is_new_when_the_coupon_runs_out():
    """The rise from nothing is dated at the coupon's end."""
    account = live(trials.gift)

    assert next(iter(movements(account.worths, END))).at == START + 8 * DAY + 1234
    assert sum(1 for receipt in account.receipts if receipt.kind == "gross") < 3


def test_exactly_an_hour_later_is_another_movement():
    """At t₀ + 60 min the next one opens; a millisecond before belongs to the first."""
    account = live(changes.an_hour_later)
    first, second = [movement for movement in movements(account.worths, END) if movement.kind == "other"][:2]

    assert second.at - first.at == HOUR
    assert [first.change("all"), second.change("all")] == [2 * 19_000_000, 3 * 19_000_000]


def test_thinking_twice_moves_nothing():
    """Up and down within the hour."""
    before = movements(live(changes.thinks_twice).worths, START + 10 * DAY)

    assert [movement.kind for movement in before] == ["new"]


def test_users_of_who_left_are_gone():
    """Growing cold ends in silence, and the plan is no longer carried."""
    account = live(endings.week_silently)

    assert account.warmth_at(START) == 100
    assert account.warmth_at(START - 1) == 0
    assert account.warmth_at(START + 20 * DAY) == 0
    assert account.plan_at(START + 1) == "flex"
    assert account.plan_at(START + 30 * DAY) is None


def test_all_stories_before_any_again():
    """The deck is dealt through, then again."""
    size = len(SLOW) + len(QUICK)
    dealt = [story for story, _ in deal(2 * size, Chance(7))]

    assert len(set(dealt[:size])) == len(set(dealt[size:])) == size
