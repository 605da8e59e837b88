"""Holding what a replay says at several instants against the truth of a family."""

from calling import snapshots, vitals


def of_family(truth, family):
    """The values of a family by segment."""
    told = truth["families"][family]
    return {"all": told["values"], **told["segments"]}


def whole(truth, *families):
    """The plain truth by segment, and with it that of some families."""
    told = {"all": truth["values"], **truth["segments"]}
    for family in families:
        told |= {segment: told.get(segment, {}) | values for segment, values in of_family(truth, family).items()}
    return told


def differences(folder, truths, family):
    """What one replay of `events.jsonl` says differently, at every instant and in every segment of a full truth."""
    expected = {
        (truth["as_of"], segment): values for truth in truths for segment, values in of_family(truth, family).items()
    }
    instants = [option for truth in truths for option in ("--as-of", truth["as_of"])]
    segments = [option for segment in sorted({key[1] for key in expected}) for option in ("--segment", segment)]
    config = ("--config", folder / "vitals.yaml")
    result = vitals("replay", folder / "events.jsonl", *config, *instants, *segments)
    found = {(one["as_of"], one["segment"]): one["values"] for one in snapshots(result)}
    return {
        (*key, name): (found[key].get(name, "missing"), value)
        for key, values in expected.items()
        for name, value in values.items()
        if found[key].get(name, "missing") != value
    }
