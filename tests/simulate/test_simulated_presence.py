"""The usage truth, on visits small enough to count by hand."""

import pytest

from stream.simulate.instants import DAY, HOUR, MINUTE, SECOND
from stream.simulate.truth.presence import Presence
from stream.simulate.truth.quantiles import cell, published
from stream.simulate.truth.windows import windows
from stream.simulate.visits import Act, Part, Visit

AS_OF = 100 * DAY + 12 * HOUR
BACK = AS_OF - 2 * HOUR


def part(*steps, user="ana", anonymous=None, plan="pro", country=None):
    return Part(user, anonymous, plan, country, [(at, act, subject, mark) for at, act, subject, mark in steps])


def visit(*parts, account="acme", **options):
    return Visit("v", account, None, "web", list(parts), **options)


def view(at, page=None, path="/home"):
    return (at, Act.VIEW, path, page)


def tried(at, feature="export", *, ok=True):
    return (at, Act.TRY, feature, ok)


def values(*visits, as_of=AS_OF, segment="all"):
    return Presence(visits, as_of, windows(as_of, "UTC"), AS_OF + DAY).values(segment)


def test_nothing():
    """Counts over nothing are 0, ratios null, tables empty."""
    said = values()

    assert said["events.24h"] == said["active_users.24h"] == said["sessions.24h"] == 0
    assert said["error_rate.24h"] is said["bounce_rate.24h"] is said["session_duration_p50.24h"] is None
    assert said["features.24h"] == []


def test_one_visit():
    """A session counts where its last event is, with all it has."""
    said = values(visit(part(view(BACK, "p1"), tried(BACK + 30 * SECOND), view(BACK + 90 * SECOND, "p2"))))

    assert said["events.24h"] == 3
    assert said["events.1h"] == 0
    assert said["sessions.today"] == 1
    assert said["session_duration_avg.24h"] == 90
    assert said["session_duration_p50.24h"] == published(cell(90_000))
    assert said["pages_per_session.24h"] == 2
    assert said["bounce_rate.24h"] == 0
    assert said["attempts.24h"] == 1
    assert said["error_rate.24h"] == 0


def test_a_visit_over_the_edge_of_a_window():
    """Events count at their own times, the session whole at its last."""
    edge = AS_OF - HOUR
    said = values(visit(part(view(edge - 1, "p1"), view(edge, "p2"), view(edge + MINUTE, "p3"))))

    assert said["events.1h"] == 2
    assert said["sessions.1h"] == 1
    assert said["pages_per_session.1h"] == 3
    assert said["session_duration_avg.1h"] == 60.001


def test_as_of_cuts_a_visit():
    """What comes at `as_of` or later is not known yet; the session is what it was until then."""
    whole = visit(part(view(BACK, "p1"), view(BACK + MINUTE, "p2")))
    said = values(whole, as_of=BACK + MINUTE)

    assert said["events.1h"] == 1
    assert said["session_duration_avg.1h"] == 0
    assert values(whole, as_of=BACK)["sessions.1h"] == 0


@pytest.mark.parametrize(
    ("steps", "bounced"),
    [
        ([view(BACK, "p1")], 1),
        ([view(BACK, "p1"), view(BACK + 1, "p1")], 1),
        ([view(BACK), view(BACK + 1)], 1),
        ([view(BACK), view(BACK + 1, path="/board")], 0),
        ([view(BACK, "p1"), (BACK + 1, Act.PING, "/home", "p1"), (BACK + 2, Act.IMPRESS, "banner", None)], 1),
        ([view(BACK, "p1"), (BACK + 1, Act.CLICK, "banner", None)], 0),
        ([view(BACK, "p1"), (BACK + 1, Act.PREFER, "theme", "dark")], 0),
        ([tried(BACK)], None),
    ],
)
def test_bounces(steps, bounced):
    """A single page and nothing done; the same page again is no second one; without a page nobody bounces."""
    assert values(visit(part(*steps)))["bounce_rate.24h"] == bounced


def test_pages_without_an_id_are_views_each():
    """Without ids two views of one path are two views, though one page."""
    assert values(visit(part(view(BACK), view(BACK + 1))))["pages_per_session.24h"] == 2
    assert values(visit(part(view(BACK, "p1"), view(BACK + 1, "p1"))))["pages_per_session.24h"] == 1


def ping(at, page=None, path="/home"):
    return (at, Act.PING, path, page)


def test_how_long_pages_are_looked_at():
    """Ten seconds for each further interval with a ping; where the last ping is, in all segments of the page."""
    edge = AS_OF - HOUR
    long = part(view(edge - 20 * SECOND, "p1"), ping(edge - 1, "p1"), ping(edge, "p1"), ping(edge + SECOND, "p1"))
    more = part(ping(edge + 40 * SECOND, "p1"), view(edge + MINUTE, "p2"), plan="basic")
    short = visit(part(view(edge), ping(edge + 1), ping(edge + 2, path="/unseen")), account="other")
    said = values(visit(long, more), short)

    assert said["engaged_time.1h"] == 25 + 5
    assert said["engaged_time_per_user.24h"] == 15
    assert said["time_on_page_p50.24h"] == published(cell(5_000))
    assert said["time_on_page_p90.24h"] == published(cell(25_000))
    assert values(visit(long, more), segment="plan=basic")["engaged_time.24h"] == 25
    assert values(visit(part(view(edge, "p1"))))["time_on_page_p50.24h"] is None


def test_open_visits_have_not_bounced_yet():
    """Only from half an hour after its last event on is a session judged."""
    last = AS_OF - 30 * MINUTE

    assert values(visit(part(view(last, "p1"))))["bounce_rate.1h"] == 1
    assert values(visit(part(view(last + 1, "p1"))))["bounce_rate.1h"] is None


def test_a_stranger_who_says_who_they_are():
    """From the login on they are one person, also for what they did before; until then they are a stranger."""
    before = part(view(BACK - DAY, "p0"), user=None, anonymous="x", plan=None)
    stranger = part(view(BACK, "p1"), user=None, anonymous="x", plan=None)
    login = BACK + MINUTE
    known = part((login, Act.IDENTIFY, None, None), view(login + 1, "p2"), anonymous="x")
    colleague = visit(part(view(BACK - 3 * DAY, "p3")))
    visits = (colleague, visit(before), visit(stranger, known))

    during, after = values(*visits, as_of=login), values(*visits, as_of=login + SECOND)

    assert during["active_users.7d"] == during["new_users.7d"] == 2
    assert after["active_users.7d"] == after["new_users.7d"] == 1
    assert during["sessions.7d"] == after["sessions.7d"] == 3
    assert during["active_users.24h"] == during["new_users.24h"] == 1
    assert after["new_users.24h"] == 0
    assert after["session_duration_avg.1h"] == 60.001


def test_new_in_a_segment():
    """New is who was never there before in any segment; they count wherever they were active meanwhile."""
    old = visit(part(view(AS_OF - 10 * DAY)))
    moved = visit(part(view(BACK), plan="basic"))
    newcomer = visit(part(view(BACK), user="ben"), part(view(BACK + 1), user="ben", plan="basic", country="DE"))
    visits = (old, moved, newcomer)

    assert values(*visits)["new_users.24h"] == 1
    assert values(*visits, segment="plan=pro")["new_users.24h"] == 1
    assert values(*visits, segment="plan=basic")["new_users.24h"] == 1
    assert values(*visits, segment="plan=basic")["active_users.24h"] == 2
    assert values(*visits, segment="country=DE")["active_users.24h"] == 1


def test_a_session_is_in_all_its_segments():
    """With its whole length and all its views, in each."""
    both = visit(part(view(BACK, "p1")), part(view(BACK + MINUTE, "p2"), country="FR"))
    said = values(both, segment="country=FR")

    assert said["events.24h"] == said["sessions.24h"] == 1
    assert said["session_duration_avg.24h"] == 60
    assert said["pages_per_session.24h"] == 2


def test_work_that_no_person_does():
    """It counts as events and attempts, and as nothing else."""
    said = values(visit(part(tried(BACK), tried(BACK + 1, ok=False)), active=False))

    assert said["events.24h"] == said["attempts.24h"] == 2
    assert said["error_rate.24h"] == 0.5
    assert said["active_users.24h"] == said["active_accounts.24h"] == said["sessions.24h"] == 0
    assert said["features.24h"] == []


@pytest.mark.parametrize("why", ["test", "bot"])
def test_what_counts_nowhere(why):
    """Test traffic and robots are in no value."""
    assert values(visit(part(view(BACK)), excluded=why)) == values()


def test_strangers_without_an_account():
    """They are users, of no account."""
    one, other = (visit(part(view(BACK), user=None, anonymous=name), account=None) for name in ("x", "y"))
    said = values(one, other)

    assert said["active_users.24h"] == 2
    assert said["active_accounts.24h"] == 0


def test_one_name_in_two_accounts_is_two_users():
    """A user is an account and a name."""
    said = values(visit(part(view(BACK))), visit(part(view(BACK)), account="other"))

    assert said["active_users.24h"] == said["active_accounts.24h"] == 2


def test_features():
    """Most used first, then by name; failures are no uses; a share of all who were active."""
    ana = visit(part(tried(BACK, "share"), tried(BACK + 1, "export"), tried(BACK + 2, "report", ok=False)))
    ben = visit(part(tried(BACK, "export"), tried(BACK + 1, None), user="ben"))
    cleo = visit(part(view(BACK), user="cleo", country="DE"))
    dan = visit(part(tried(BACK - 3 * DAY, "import"), user="dan"))
    said = values(ana, ben, cleo, dan)

    assert said["features.24h"] == [
        {"feature": "export", "uses": 2, "adopters": 2, "eligible": 3, "adoption": 0.666667, "depth": 1},
        {"feature": "share", "uses": 1, "adopters": 1, "eligible": 3, "adoption": 0.333333, "depth": 1},
    ]
    assert [row["feature"] for row in said["features.7d"]] == ["export", "import", "share"]
    assert values(ana, ben, cleo, segment="country=DE")["features.24h"] == []
