"""Leads: how people come to be customers, or do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from stream.simulate.accounts import Account
from stream.simulate.chance import Chance
from stream.simulate.instants import DAY, HOUR, MINUTE, SECOND, text
from stream.simulate.letters import Letters, attributes
from stream.simulate.places import LIKELY

CAMPAIGNS = {"ads": ("spring", "brand", None), "events": ("expo", None)}
CHANNELS = ("ads", "ads", "search", "search", "content", "events", "partner", None)
_STAGES = ("visited", "created", "qualified")
_LEARNS = MINUTE


class Step(NamedTuple):
    """What was told of a lead at once.

    Attributes:
        at: When, in milliseconds since the epoch.
        stage: As the contract names it.
        channel: How it came, as told then.
        campaign: What brought it, as told then.
        country: Where it is, as told then.
        referrer: Who recommended us, as told then.
        trial_ends: When its trial ends, as told then.
    """

    at: int
    stage: str
    channel: str | None = None
    campaign: str | None = None
    country: str | None = None
    referrer: str | None = None
    trial_ends: int | None = None


@dataclass(slots=True)
class Lead:
    """Somebody who may become a customer.

    Attributes:
        name: The `lead_id`.
        account: The `account_id` that it has from signing up on.
        steps: What was told of it, in time order.
    """

    name: str
    account: str | None = None
    steps: list[Step] = field(default_factory=list)


class Leads:
    """All leads of a world: one for each account, and those that came to nothing.

    Args:
        seed: Of the world.
        start: Of what was before nothing was told, in milliseconds since the epoch.
        limit: Nothing is told from this instant on.
    """

    def __init__(self, seed: int, start: int, limit: int) -> None:
        self._seed = seed
        self._start = start
        self.letters = Letters("crm", limit)
        self.leads: list[Lead] = []

    def become(self, account: Account, others: Sequence[Account]) -> None:
        """Tell how an account came to be one: it looked around, signed up, perhaps tried, and bought."""
        chance = Chance(self._seed, "lead", account.name)
        lead = Lead(f"lead-{account.name}", account.name)
        steps = self._before(account, chance) + self._trial(account, chance) + self._purchase(account, chance)
        steps = sorted((step for step in steps if step.at >= self._start), key=lambda step: step.at)
        if steps:
            # The first word says where it came from; of some only the second.
            place = min(1, len(steps) - 1) if chance.happens(20) else 0
            steps[place] = self._introduced(steps[place], account, others, chance)
        self._send(lead, steps, test=account.test)

    def pass_by(self, name: str, at: int) -> None:
        """Tell of somebody who never signs up: a visitor, or a lead that is lost, or not yet."""
        chance = Chance(self._seed, "lead", name)
        channel = chance.pick(CHANNELS)
        campaign = chance.pick(CAMPAIGNS.get(channel or "", (None,)))
        country = chance.pick((*(place.country for place in LIKELY), None, None))
        steps = [Step(at, "visited", channel, campaign, country)] if chance.happens(90) else []
        # Another channel later on changes nothing.
        second = Step(at + chance.between(MINUTE, 3 * DAY), "created", chance.pick((channel, "partner")))
        if not steps:
            second = second._replace(channel=channel, campaign=campaign, country=country)
        reached = chance.pick((0, 0, 0, 1, 1, 2)) if steps else 1
        steps += [second, Step(second.at + chance.between(HOUR, 4 * DAY), "qualified")][:reached]
        last = steps[-1]
        if last.stage != "visited" and chance.happens(55):
            steps.append(Step(last.at + chance.between(DAY, 9 * DAY), "lost"))
            if chance.happens(15):
                # Lost, and then seen again: it is no longer lost, and came no further than before.
                steps.append(Step(steps[-1].at + chance.between(HOUR, 6 * DAY), "created"))
        self._send(Lead(name), steps, test=False)

    # -- an account's way

    def _before(self, account: Account, chance: Chance) -> list[Step]:
        """Before signing up; a stage may be left out, and the last one is the signup itself."""
        told = account.signup + chance.between(0, 20 * SECOND)
        at, steps = told, [Step(told, "signed_up")]
        for stage in reversed(_STAGES):
            at -= chance.between(2 * MINUTE, 3 * DAY)
            if stage != "qualified" or chance.happens(60):
                steps.append(Step(at, stage))
        return steps

    def _trial(self, account: Account, chance: Chance) -> list[Step]:
        first = next((event for _, event in account.diary if event.get("status") == "trialing"), None)
        if first is None:
            return []
        begins = account.signup + 30 * SECOND
        days = (datetime.fromisoformat(first["trial_end"]) - datetime.fromisoformat(first["trial_start"])).days
        # Two weeks are what a trial has if nothing is said.
        says_when = days != 14 or chance.happens(35)
        steps = [Step(begins, "trial_started", trial_ends=begins + days * DAY if says_when else None)]
        extended = chance.happens(40)
        if not any(worth.micro for worth in account.worths):
            ends = begins + days * DAY
            if extended:
                ends += 5 * DAY
                steps.append(Step(begins + (days - 1) * DAY, "trial_started", trial_ends=ends))
            if chance.happens(60):
                steps.append(Step(ends + chance.between(HOUR, 5 * DAY), "lost"))
        return steps

    def _purchase(self, account: Account, chance: Chance) -> list[Step]:
        paid = next((worth.at for worth in account.worths if worth.micro), None)
        if paid is None:
            return []
        told = paid + _LEARNS + chance.below(MINUTE)
        steps = [Step(told, "converted")]
        if chance.happens(15):
            # Told twice, which changes nothing.
            steps.append(Step(told + chance.between(HOUR, 9 * DAY), "converted"))
        return steps

    def _introduced(self, step: Step, account: Account, others: Sequence[Account], chance: Chance) -> Step:
        channel = chance.pick(CHANNELS)
        referrer = None
        if chance.happens(25):
            # Some recommend themselves, which is none.
            earlier = [other.name for other in others if other.signup < account.signup]
            referrer = chance.pick((*earlier, account.name, f"lead-{account.name}"))
        campaign = chance.pick(CAMPAIGNS.get(channel or "", (None,)))
        return step._replace(channel=channel, campaign=campaign, country=account.country, referrer=referrer)

    def _send(self, lead: Lead, steps: Sequence[Step], *, test: bool) -> None:
        signed_up = False
        for number, step in enumerate(steps):
            signed_up = signed_up or step.stage == "signed_up"
            fields = {
                "account_id": lead.account if signed_up else None,
                "lead_id": lead.name,
                "stage": step.stage,
                "channel": step.channel,
                "campaign": step.campaign,
                "referrer_id": step.referrer,
                "trial_ends_at": None if step.trial_ends is None else text(step.trial_ends),
                "attributes": attributes(None, step.country),
            }
            if not self.letters.send(step.at, f"{lead.name}.{number}", "growth.lead_changed", fields, test=test):
                break
            lead.steps.append(step)
        if lead.steps and not test:
            self.leads.append(lead)
