"""Where Vitals runs: the environment variables `VITALS_*`."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.times import parse_time
from stream.engine.durations import parse_duration
from stream.settings.wording import say_what

PREFIX: Final = "VITALS_"
_HERE: Final = "vitals.yaml"


class WrongEnvironment(Exception):  # noqa: N818 - it names what was read, not a fault of the program
    """Environment variables cannot be used; the text says which and why, a line each."""


def _duration(value: Any) -> Any:
    return parse_duration(value) if isinstance(value, str) else value


def _share(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text == "off":
        return 1.0
    try:
        return float(text.removesuffix("%")) / 100 if text.endswith("%") else float(text)
    except ValueError:
        raise ValueError(f"{value!r} is no share; write 50%, 0.5 or off") from None


Seconds = Annotated[int, BeforeValidator(_duration)]
Share = Annotated[float, BeforeValidator(_share)]


class ConfigFile(BaseSettings):
    """Which file says what is measured: all of the environment that a command without a broker needs."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    config: Path | None = Field(None, description="the file `vitals.yaml`; default: the one in the current directory")

    @property
    def config_path(self) -> Path | None:
        """The definitions: the file that is named, else `vitals.yaml` here, else none."""
        here = Path(_HERE)
        return self.config or (here if here.exists() else None)


class Deployment(ConfigFile):
    """Where Vitals runs, from the environment."""

    kafka_bootstrap: str = Field("127.0.0.1:9092", description="brokers, `host:port`, separated by commas")
    kafka_security: Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] = Field(
        "plaintext", description="how to talk to them"
    )
    kafka_username: str | None = Field(None, description="for sasl")
    kafka_password: SecretStr | None = Field(None, description="for sasl")
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field("PLAIN", description="for sasl")
    kafka_cafile: Path | None = Field(None, description="certificates to trust, for ssl; default: the system's")
    redis_url: SecretStr = Field(
        SecretStr("redis://127.0.0.1:6379/0"), description="`redis://`, `rediss://` (TLS) or `unix://`"
    )
    namespace: str = Field(
        "vitals", pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_-]{0,80}$", description="prefix of topics, Redis keys and ids"
    )
    partitions: int = Field(8, ge=1, le=10_000, description="of each input topic, when it is created")
    replication: int = Field(1, ge=1, le=100, description="copies of each partition, when a topic is created")
    checkpoint: Seconds = Field(1, ge=1, description="how often state is committed")
    clock: str = Field("wall", description="`wall`, `event`, or a fixed RFC 3339 instant")
    bind: str = Field("127.0.0.1:8080", description="address of `vitals serve`")
    metrics: str | None = Field(
        None, description="address of a worker's `/metrics`, `/healthz` and `/readyz`, like 127.0.0.1:9464"
    )
    token: SecretStr | None = Field(None, description="needed to read where `VITALS_BIND` is not this machine")
    dedupe_usage: Seconds = Field(3_600, ge=0, description="how long the id of a usage event is remembered")
    dead_letter_limit: Share = Field(
        0.5,
        gt=0,
        le=1,
        description="share of dead letters among the last 1,000 records of a topic's partition above which it stops "
        "to read, like 50%; `off`: it never does",
    )
    log: Literal["debug", "info", "warning", "error"] = Field("info", description="what is logged")

    @field_validator("kafka_bootstrap")
    @classmethod
    def _addresses(cls, value: str) -> str:
        for address in value.split(","):
            _check_address(address, "127.0.0.1:9092, separated by commas, without spaces")
        return value

    @field_validator("bind", "metrics")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None:
            _check_address(value, "127.0.0.1:8080")
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_scheme(cls, value: SecretStr) -> SecretStr:
        if urlsplit(value.get_secret_value()).scheme not in ("redis", "rediss", "unix"):
            raise ValueError("is no address of a Redis; write one like redis://127.0.0.1:6379/0")
        return value

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

    @model_validator(mode="after")
    def _with_credentials(self) -> Deployment:
        if self.kafka_security.startswith("sasl") and (self.kafka_username is None or self.kafka_password is None):
            raise ValueError(f"is {self.kafka_security}; set {PREFIX}KAFKA_USERNAME and {PREFIX}KAFKA_PASSWORD too")
        return self

    @cached_property
    def fixed_clock(self) -> int | None:
        """The instant (seconds) at which the clock stands; None if it does not stand."""
        return None if self.clock in ("wall", "event") else parse_time(self.clock) // 1_000_000


def load_deployment(**overrides: Any) -> Deployment:
    """Return the deployment that the environment describes.

    Raises:
        WrongEnvironment: if a variable cannot be used.
    """
    try:
        return Deployment(**overrides)
    except ValidationError as error:
        raise _explained(error) from None


def config_path() -> Path | None:
    """Return the file that a worker would read; None where there is none. Nothing else needs to be right.

    Raises:
        WrongEnvironment: if `VITALS_CONFIG` cannot be used.
    """
    try:
        return ConfigFile().config_path
    except ValidationError as error:
        raise _explained(error) from None


def unknown_variables(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return what is to be said of variables with our prefix that are no setting: likely mistakes, and others.

    Others are no error: Kubernetes sets `VITALS_PORT` and the like in every pod beside a service called vitals.
    """
    known = [variable(name) for name in Deployment.model_fields]
    mistakes, others = [], []
    for name in sorted(names):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            near = get_close_matches(name.upper(), known, n=1, cutoff=0.85)
            if near:
                mistakes.append(f"{name}: is no setting; write {near[0]}")
            else:
                others.append(f"note: {name}: is no setting; remove it if it was meant to be one")
    return mistakes, others


def variable(field: str) -> str:
    """Return the environment variable of a field of `Deployment`."""
    return f"{PREFIX}{field.upper()}"


def _explained(error: ValidationError) -> WrongEnvironment:
    lines = []
    for part in error.errors(include_url=False):
        # the only check of several variables together is the one of the credentials
        name = "_".join(map(str, part["loc"])) or "kafka_security"
        lines.append(f"{variable(name)}: {say_what(part)}")
    return WrongEnvironment("\n".join(lines))


def _check_address(text: str, example: str) -> None:
    host, colon, port = text.rpartition(":")
    if not (host and colon and port.isascii() and port.isdigit() and int(port) < 2**16) or text != text.strip():
        raise ValueError(f"is no host:port; write {example}")


__all__ = ["ConfigFile", "Deployment", "WrongEnvironment", "config_path", "load_deployment", "unknown_variables"]
