"""Snapshots and alerts: strict in types and in fields, since others build on them."""

import json
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from schemas import Alert, Counts, Snapshot, SnapshotNotice

AS_OF = datetime(2026, 11, 22, 10, tzinfo=UTC)
SNAPSHOT = {"segment": "all", "as_of": AS_OF, "revision": 1, "complete": True, "values": {}, "counts": Counts()}
ALERT = {
    "fingerprint": "0" * 32,
    "rule": "churn_spike",
    "status": "firing",
    "severity": "page",
    "segment": "all",
    "value_name": "churn_rate.30d",
    "value": 0.07,
    "threshold": 0.05,
    "starts_at": AS_OF,
    "ends_at": None,
    "as_of": AS_OF,
    "summary": "Churn is up",
    "labels": {},
}


def test_snapshot_is_written_as_the_contract_shows_it():
    snapshot = Snapshot(**SNAPSHOT | {"values": {"active_users.5m": 12, "mrr": 12500.0, "error_rate.1h": None}})

    assert list(json.loads(snapshot.to_json())) == [
        *("schema", "segment", "as_of", "revision", "complete", "values", "reasons", "counts")
    ]
    assert b'"schema":"vitals.snapshot.v1","segment":"all","as_of":"2026-11-22T10:00:00Z"' in snapshot.to_json()
    assert b'{"active_users.5m":12,"mrr":12500.0,"error_rate.1h":null}' in snapshot.to_json()


@pytest.mark.parametrize("value", [0, -1.5, None, {}, {"a": {"b": [1, None, "x", True]}}, [], [[1.5]]])
def test_values_are_kept_as_they_are(value):
    snapshot = Snapshot(**SNAPSHOT | {"values": {"v": value}})

    assert snapshot.values["v"] == value
    assert type(snapshot.values["v"]) is type(value)
    assert Snapshot.model_validate_json(snapshot.to_json()) == snapshot


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), {"a": [float("nan")]}, [{"b": float("-inf")}], "1", True]
)
def test_values_that_json_or_the_contract_cannot_say_are_refused(value):
    with pytest.raises(ValidationError):
        Snapshot(**SNAPSHOT | {"values": {"v": value}})


@pytest.mark.parametrize("segment", ["all", "plan=pro", "plan=", "country=a=b", "plan=a\nb"])
def test_segments(segment):
    assert SnapshotNotice(segment=segment, as_of=AS_OF, revision=0).segment == segment


@pytest.mark.parametrize("segment", ["", "plan", "=pro", "All"])
def test_wrong_segments_are_refused(segment):
    with pytest.raises(ValidationError):
        SnapshotNotice(segment=segment, as_of=AS_OF, revision=0)


@pytest.mark.parametrize("model", [Snapshot, SnapshotNotice, Alert, Counts])
def test_unknown_fields_are_refused(model):
    with pytest.raises(ValidationError, match="extra_forbidden"):
        model.model_validate({"surprise": 1})


def test_notice_has_three_fields():
    notice = SnapshotNotice(segment="all", as_of=AS_OF, revision=42)

    assert notice.to_json() == b'{"segment":"all","as_of":"2026-11-22T10:00:00Z","revision":42}'


def test_alert_has_what_it_always_has_and_what_applies():
    written = json.loads(Alert(**ALERT, levels=[10, 20.5], levels_total=2).to_json())

    assert list(written) == [
        *("schema", "fingerprint", "rule", "status", "severity", "segment", "value_name", "value", "threshold"),
        *("starts_at", "ends_at", "as_of", "summary", "labels", "levels", "levels_total"),
    ]
    assert written["ends_at"] is None
    assert written["levels"] == [10, 20.5]


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "pending"},
        {"severity": "critical"},
        {"fingerprint": "9F" * 16},
        {"fingerprint": "9f"},
        {"status": "resolved"},
        {"ends_at": AS_OF},
        {"value": float("nan")},
        {"labels": {"team": 1}},
        {"levels_total": -1},
    ],
)
def test_wrong_alerts_are_refused(wrong):
    with pytest.raises(ValidationError):
        Alert(**ALERT | wrong)
