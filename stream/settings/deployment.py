"""Where Vitals runs: the environment variables `VITALS_*`."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.times import parse_time
from stream.engine.durations import parse_duration


class WrongEnvironment(Exception):  # noqa: N818 - it names what was read, not a fault of the program
    """Environment variables cannot be used; the text says which and why, a line each."""


def _duration(value: Any) -> Any:
    return parse_duration(value) if isinstance(value, str) else value


Seconds = Annotated[int, BeforeValidator(_duration)]


class Deployment(BaseSettings):
    """Where Vitals runs, from the environment."""

    model_config = SettingsConfigDict(env_prefix="VITALS_", env_file=".env", extra="ignore", frozen=True)

    kafka_bootstrap: str = Field("127.0.0.1:9092", description="brokers, host:port, separated by commas")
    kafka_security: Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] = Field(
        "plaintext", description="how to talk to them"
    )
    kafka_username: str | None = Field(None, description="for sasl")
    kafka_password: SecretStr | None = Field(None, description="for sasl")
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field("PLAIN", description="for sasl")
    kafka_cafile: Path | None = Field(None, description="certificates to trust, for ssl")
    redis_url: SecretStr = Field(SecretStr("redis://127.0.0.1:6379/0"), description="redis:// or rediss://")
    namespace: str = Field("vitals", pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_-]{0,80}$", description="prefix of all names")
    partitions: int = Field(8, ge=1, le=10_000, description="of each input topic, when it is created")
    replication: int = Field(1, ge=1, le=100, description="copies of each partition, when a topic is created")
    checkpoint: Seconds = Field(1, ge=1, description="how often state is committed")
    clock: str = Field("wall", description="wall, event, or a fixed RFC 3339 instant")
    bind: str = Field("127.0.0.1:8080", description="address of `vitals serve`")
    token: SecretStr | None = Field(None, description="needed to read where `bind` is not this machine")
    dedupe_usage: Seconds = Field(3_600, ge=0, description="how long the id of a usage event is remembered")
    dead_letter_limit: float = Field(0.5, gt=0, le=1, description="share of dead letters at which reading stops")
    log: Literal["debug", "info", "warning", "error"] = Field("info", description="what is logged")
    config: Path | None = Field(None, description="the file vitals.yaml")

    @field_validator("clock")
    @classmethod
    def _known_clock(cls, value: str) -> str:
        if value in ("wall", "event"):
            return value
        try:
            at = parse_time(value)
        except ValueError as error:
            raise ValueError(f"{error}; write wall, event or a time like 2026-11-22T10:00:00Z") from None
        if at % 1_000_000:
            raise ValueError("is no whole second; leave the fraction out")
        return value

    @cached_property
    def fixed_clock(self) -> int | None:
        """The instant (seconds) at which the clock stands; None if it does not stand."""
        return None if self.clock in ("wall", "event") else parse_time(self.clock) // 1_000_000

    @property
    def config_path(self) -> Path | None:
        """The definitions: the file that is named, else `vitals.yaml` here, else none."""
        here = Path("vitals.yaml")
        return self.config or (here if here.exists() else None)


def load_deployment(**overrides: Any) -> Deployment:
    """Return the deployment that the environment describes.

    Raises:
        WrongEnvironment: if a variable cannot be used.
    """
    try:
        return Deployment(**overrides)
    except ValidationError as error:
        lines = [f"VITALS_{'_'.join(map(str, part['loc'])).upper()}: {_cause(part)}" for part in error.errors()]
        raise WrongEnvironment("\n".join(lines)) from None


def _cause(part: Any) -> str:
    cause = part.get("ctx", {}).get("error")
    return str(cause or part["msg"])


__all__ = ["Deployment", "WrongEnvironment", "load_deployment"]
