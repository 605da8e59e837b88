"""The app of a worker, made from the environment: `faust -A stream.app worker`, or `vitals worker`."""

from __future__ import annotations

from stream.runtime.app import App
from stream.settings.definitions_file import load_definitions
from stream.settings.deployment import load_deployment

_deployment = load_deployment()
app = App(_deployment, load_definitions(_deployment.config_path))
