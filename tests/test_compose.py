"""The compose file: what stands in it, since few machines of developers and CI have an engine to run it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ("worker", "page")


def test_what_a_demonstration_needs_is_there():
    assert set(SERVICES) == {"kafka", "redis", "worker", "page", "prometheus", "grafana"}
    assert SERVICES["worker"]["deploy"]["replicas"] == 2
    assert [name for name, service in SERVICES.items() if service.get("profiles")] == ["prometheus", "grafana"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_says_whether_it_is_well(name):
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


def test_ports_are_open_on_this_machine_only():
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]

    assert ports
    assert all(port.startswith("127.0.0.1:2") for port in ports)


@pytest.mark.parametrize("name", OURS)
def test_our_containers_may_write_nothing_but_temporary_files(name):
    service = SERVICES[name]

    assert (service["read_only"], service["tmpfs"], service["cap_drop"]) == (True, ["/tmp"], ["ALL"])  # noqa: S108 - a container's
    assert "USER vitals" in (ROOT / "Dockerfile").read_text()


def test_redis_asks_for_the_password_that_the_others_have():
    password = "${VITALS_REDIS_PASSWORD:-vitals}"  # noqa: S105 - its default, for this machine only

    assert SERVICES["redis"]["command"][-2:] == ["--requirepass", password]
    assert f":{password}@redis:" in SERVICES["worker"]["environment"]["VITALS_REDIS_URL"]


def test_kafka_is_the_one_of_the_tests():
    version = SERVICES["kafka"]["image"].partition(":")[2]

    assert f"<version>{version}</version>" in (ROOT / "tests/servers/pom.xml").read_text()


@pytest.mark.parametrize("path", sorted(ROOT.glob("deploy/grafana/dashboards/*.json")), ids=lambda path: path.stem)
def test_dashboards_ask_the_provisioned_source(path):
    panels = json.loads(path.read_text())["panels"]
    source = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text())

    assert {panel["datasource"]["uid"] for panel in panels} == {source["datasources"][0]["uid"]}


def test_compose_can_read_it():
    if (
        not shutil.which("docker")
        or subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode
    ):
        return  # the facts above hold by reading; nothing here can do more
    subprocess.run(["docker", "compose", "--profile", "observe", "config", "--quiet"], cwd=ROOT, check=True)
