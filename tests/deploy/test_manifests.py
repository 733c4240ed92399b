"""What the files of deploy/ say agrees with the API, and with each other."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.test import Client

from tests.environment import EXAMPLE, VARIABLES

DEPLOY = EXAMPLE.parent / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
KUBERNETES = [
    document
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    for document in yaml.safe_load_all(path.read_text())
]
SERVE = "-m api_project.server"


def pods(found: Any = KUBERNETES) -> Iterator[dict[str, Any]]:
    """Every pod's template, however deep it lies."""
    for value in found.values() if isinstance(found, dict) else found if isinstance(found, list) else []:
        if isinstance(value, dict) and "containers" in value.get("spec", {}):
            yield value
        else:
            yield from pods(value)


def pod_specs() -> list[dict[str, Any]]:
    return [pod["spec"] for pod in pods()]


def containers() -> list[dict[str, Any]]:
    return [container for spec in pod_specs() for container in spec["containers"]]


def test_one_command_serves_everywhere() -> None:
    (command,) = re.findall(r"^CMD \[(.*)\]$", DOCKERFILE, re.MULTILINE)
    assert SERVE in command.replace('", "', " ")
    assert f"ExecStart=/srv/api/.venv/bin/python {SERVE}\n" in (DEPLOY / "systemd" / "api.service").read_text()
    assert "command" not in COMPOSE["services"]["api"]
    assert [c["name"] for c in containers() if "command" not in c] == ["api"]


def test_what_runs_is_copied_into_the_image() -> None:
    from django.apps import apps

    packages = {config.name.partition(".")[0] for config in apps.get_app_configs()}
    ours = {name for name in packages if (EXAMPLE.parent / name).is_dir()}
    assert set(re.findall(r"^COPY (\w+)/ \1/$", DOCKERFILE, re.MULTILINE)) == ours


def test_every_variable_that_is_set_exists() -> None:
    services = (COMPOSE["services"][name]["environment"] for name in ("api", "migrate"))
    example = re.findall(r"^([A-Z_]+)=", (DEPLOY / "api.env.example").read_text(), re.MULTILINE)
    config = next(document["data"] for document in KUBERNETES if document["kind"] == "ConfigMap")
    assert {*config, *example, *(name for service in services for name in service)} <= set(VARIABLES)


@pytest.mark.django_db
def test_probes_ask_for_what_the_api_answers() -> None:
    paths = [
        probe["httpGet"]["path"]
        for container in containers()
        for name, probe in container.items()
        if name.endswith("Probe")
    ]
    assert sorted(paths) == ["/livez", "/livez", "/readyz"]
    assert {Client().get(path).status_code for path in paths} == {200}
    assert "/livez" in DOCKERFILE


def test_no_pod_runs_as_root_or_writes_to_its_image() -> None:
    (user,) = re.findall(r"^USER (\d+):\d+$", DOCKERFILE, re.MULTILINE)
    for spec in pod_specs():
        assert spec["securityContext"]["runAsNonRoot"]
        assert spec["securityContext"]["runAsUser"] == int(user)
        assert not spec["automountServiceAccountToken"]
        for container in spec["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"]
            assert not container["securityContext"]["allowPrivilegeEscalation"]
            assert container["resources"].keys() == {"requests", "limits"}


def test_a_server_has_longer_to_stop_than_it_takes() -> None:
    """Than the ten seconds of `--workers-kill-timeout`, after what precedes."""
    (pod,) = [spec for spec in pod_specs() if "terminationGracePeriodSeconds" in spec]
    (waiting,) = re.findall(r"sleep\((\d+)\)", str(pod["containers"][0]["lifecycle"]))
    assert pod["terminationGracePeriodSeconds"] > int(waiting) + 10
    assert int(COMPOSE["services"]["api"]["stop_grace_period"].rstrip("s")) > 10


def test_the_api_waits_for_its_migrations() -> None:
    assert COMPOSE["services"]["api"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert COMPOSE["services"]["migrate"]["command"] == ["python", "manage.py", "migrate"]


def test_every_pod_is_under_the_network_policy() -> None:
    (policy,) = [document for document in KUBERNETES if document["kind"] == "NetworkPolicy"]
    chosen = policy["spec"]["podSelector"]["matchLabels"].items()
    assert [pod["metadata"]["labels"].items() >= chosen for pod in pods()] == [True] * 3
