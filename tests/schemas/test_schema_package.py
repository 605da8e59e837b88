"""The package as others see it: complete, documented, and standing alone."""

import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest
from pydantic import BaseModel, TypeAdapter

import schemas
from schemas import MODELS, Event, Reason
from schemas.billing import Discount, Item
from schemas.examples import OUTPUTS

MODULES = [
    "schemas",
    *(module.name for module in pkgutil.walk_packages(schemas.__path__, "schemas.")),
]


def test_importing_schemas_pulls_in_pydantic_and_the_standard_library_only():
    """Whoever publishes events installs this package without Kafka, Redis or the engine."""
    code = "\n".join([*(f"import {name}" for name in MODULES), "import sys; print(*sorted(sys.modules))"])
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    roots = {name.partition(".")[0] for name in result.stdout.split()}
    allowed = {"schemas", "pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection"}

    assert not roots & {"stream", "agents", "faust", "msgspec", "redis", "aiokafka", "kafka", "yaml"}
    # Names with an underscore first are the interpreter's own, or put there by the installer.
    assert {root for root in roots - allowed - sys.stdlib_module_names if not root.startswith("_")} <= {"sitecustomize"}


def test_all_is_complete_and_sorted():
    public = {name for name, value in vars(schemas).items() if not name.startswith("_") and not inspect.ismodule(value)}
    # A function may bear the name of its module, `schemas.parse` for one.
    public -= {"annotations"}

    assert set(schemas.__all__) == public
    assert len(set(schemas.__all__)) == len(schemas.__all__)


@pytest.mark.parametrize("name", MODULES)
def test_module_exports_what_it_says(name):
    module = importlib.import_module(name)

    assert module.__doc__
    assert all(hasattr(module, public) for public in module.__all__)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name):
    result = doctest.testmod(importlib.import_module(name))

    assert result.failed == 0


@pytest.mark.parametrize(
    "model", [*MODELS.values(), *OUTPUTS.values(), Item, Discount], ids=lambda model: model.__name__
)
def test_every_model_and_field_is_described(model):
    assert issubclass(model, BaseModel)
    assert model.__doc__
    assert [name for name, field in model.model_fields.items() if not (field.description or "").endswith(".")] == []


def test_every_reason_says_when_it_is_given():
    assert [reason for reason in Reason if not reason.__doc__.endswith(".")] == []
    assert {reason.value for reason in Reason} == {
        *(
            "too_large",
            "not_utf8",
            "not_json",
            "not_an_object",
            "too_deep",
            "unknown_type",
            "invalid_field",
            "empty_key",
        ),
        *("wrong_key", "wrong_partition", "in_future", "engine_error", "too_late"),
    }


def test_json_schema_requires_the_type():
    schema = TypeAdapter(Event).json_schema()
    events = [schema["$defs"][model.__name__] for model in MODELS.values()]

    assert len(events) == len(MODELS) == 23
    assert all("type" in event["required"] for event in events)
    assert schema["discriminator"]["propertyName"] == "type"


def test_type_names_and_class_names_go_together():
    for name, model in MODELS.items():
        assert model.__name__ == name.replace(".", "_").title().replace("_", "")
