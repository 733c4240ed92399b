"""The files of deploy/ agree with the API, and with each other."""

import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from configparser import ConfigParser
from typing import Any
from urllib.parse import unquote

import psycopg
import pytest
import yaml
from django.core.management import load_command_class
from django.db import connection
from django.test import Client

from api_project.server import STREAM_CONNECTIONS
from api_project.streams.hub import MAX_STREAMS
from tests.environment import EXAMPLE, VARIABLES

DEPLOY = EXAMPLE.parent / "deploy"
DEPLOYING = (EXAMPLE.parent / "docs" / "deploying.md").read_text()
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
KUBERNETES = [
    document
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    for document in yaml.safe_load_all(path.read_text())
]
SERVE = "-m api_project.server"


def pods(found: Any = KUBERNETES) -> Iterator[dict[str, Any]]:
    """The template of every pod, at any depth."""
    for value in found.values() if isinstance(found, dict) else found if isinstance(found, list) else []:
        if isinstance(value, dict) and "containers" in value.get("spec", {}):
            yield value
        else:
            yield from pods(value)


def pod_specs() -> list[dict[str, Any]]:
    return [pod["spec"] for pod in pods()]


def containers() -> list[dict[str, Any]]:
    return [container for spec in pod_specs() for container in spec["containers"]]


def test_every_deployment_runs_the_same_serve_command() -> None:
    (command,) = re.findall(r"^CMD \[(.*)\]$", DOCKERFILE, re.MULTILINE)
    assert SERVE in command.replace('", "', " ")
    assert f"ExecStart=/srv/api/.venv/bin/python {SERVE}\n" in (DEPLOY / "systemd" / "api.service").read_text()
    assert "command" not in COMPOSE["services"]["api"]
    assert [c["name"] for c in containers() if "command" not in c] == ["api"]


def test_every_deployment_runs_the_stream_server() -> None:
    (pod,) = [container for container in containers() if container["name"] == "streams"]
    assert pod["command"] == COMPOSE["services"]["streams"]["command"]
    assert f"{SERVE} --streams --host" in " ".join(pod["command"])
    assert pod["ports"][0]["containerPort"] == int(COMPOSE["x-api"]["environment"]["STREAMS_PORT"])
    unit = (DEPLOY / "systemd" / "api-streams.service").read_text()
    assert f"ExecStart=/srv/api/.venv/bin/python {SERVE} --streams\n" in unit


def test_the_stream_server_may_open_as_many_files_as_it_has_connections() -> None:
    (limit,) = re.findall(
        r"^LimitNOFILE=(\d+)$", (DEPLOY / "systemd" / "api-streams.service").read_text(), re.MULTILINE
    )
    assert int(limit) == COMPOSE["services"]["streams"]["ulimits"]["nofile"] > STREAM_CONNECTIONS > MAX_STREAMS


def test_the_image_contains_every_file_that_runs() -> None:
    from django.apps import apps

    packages = {config.name.partition(".")[0] for config in apps.get_app_configs()}
    ours = {name for name in packages if (EXAMPLE.parent / name).is_dir()}
    assert set(re.findall(r"^COPY (\w+)/ \1/$", DOCKERFILE, re.MULTILINE)) == ours


def test_every_variable_that_is_set_exists() -> None:
    services = (COMPOSE["services"][name]["environment"] for name in ("api", "streams", "migrate"))
    example = re.findall(r"^([A-Z_]+)=", (DEPLOY / "api.env.example").read_text(), re.MULTILINE)
    config = re.findall(r"^([A-Z_]+)=", (DEPLOY / "kubernetes" / "api.env").read_text(), re.MULTILINE)
    assert {*config, *example, *(name for service in services for name in service)} <= set(VARIABLES)


@pytest.mark.django_db
def test_probes_request_paths_that_the_api_serves() -> None:
    paths = [
        probe["httpGet"]["path"]
        for container in containers()
        for name, probe in container.items()
        if name.endswith("Probe")
    ]
    assert sorted(paths) == ["/livez"] * 4 + ["/readyz"] * 2
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


def test_a_server_has_more_time_to_stop_than_it_needs() -> None:
    """It needs the ten seconds of `--workers-kill-timeout`, after the steps before it."""
    servers = [spec for spec in pod_specs() if "terminationGracePeriodSeconds" in spec]
    assert [spec["containers"][0]["name"] for spec in servers] == ["api", "streams"]
    for pod in servers:
        (waiting,) = re.findall(r"sleep\((\d+)\)", str(pod["containers"][0]["lifecycle"]))
        assert pod["terminationGracePeriodSeconds"] > int(waiting) + 10
    for name in ("api", "streams"):
        assert int(COMPOSE["services"][name]["stop_grace_period"].rstrip("s")) > 10


def test_the_health_check_of_the_image_requests_the_port_of_the_server() -> None:
    (command,) = re.findall(r"HEALTHCHECK .*\n    CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    program, *arguments = json.loads(command)
    assert program == "python"

    def status(**environment: str) -> int:
        check = [sys.executable, *arguments]
        return subprocess.run(check, env=environment, check=False, stderr=subprocess.DEVNULL).returncode

    with socket.create_server(("127.0.0.1", 0)) as healthy:
        port = str(healthy.getsockname()[1])
        threading.Thread(target=_respond_once, args=(healthy,)).start()
        assert status(PORT=port) == 0
    assert status(PORT=port) == 1
    assert "\"http://127.0.0.1:{os.environ.get('PORT') or 8000}" in arguments[-1]


def _respond_once(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        assert connection.recv(65536).startswith(b"GET /livez ")
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")


def test_no_unit_sets_a_variable_of_env() -> None:
    units = sorted((DEPLOY / "systemd").glob("*.service"))
    assert [unit.name for unit in units] == [
        "api-backup.service",
        "api-prune.service",
        "api-streams.service",
        "api.service",
    ]
    for unit in units:
        text = unit.read_text()
        assert "\nEnvironment" not in text
        assert "\nUser=api\n" in text
        assert "\nReadWritePaths=/srv/api/var\n" in text


@pytest.mark.parametrize("name", ["prune", "backup"])
def test_a_timer_runs_each_regular_command_and_the_docs_enable_it(name: str) -> None:
    timer = ConfigParser(interpolation=None)
    timer.read(DEPLOY / "systemd" / f"api-{name}.timer")
    assert re.fullmatch(r"\d\d:00", timer["Timer"]["OnCalendar"])  # Once a day.
    assert timer["Install"]["WantedBy"] == "timers.target"

    (start,) = re.findall(r"ExecStart=(.*)", (DEPLOY / "systemd" / f"api-{name}.service").read_text())
    command = start.removeprefix("/srv/api/")
    assert f"`{command}`" in (EXAMPLE.parent / "docs" / "operating.md").read_text()
    _python, _manage, subcommand, *arguments = command.split()
    parser = load_command_class("api_project", subcommand).create_parser("manage.py", subcommand)
    parser.parse_args(arguments)
    assert f"api-{name}.timer" in DEPLOYING


def test_the_page_fills_in_every_variable_of_the_proxy_template() -> None:
    template = (DEPLOY / "nginx" / "api.conf.template").read_text()
    used = set(re.findall(r"\$\{([A-Z_]+)\}", template))
    (filled_in,) = re.findall(r"envsubst '([^']*)'", DEPLOYING)
    exported = re.findall(r"\b([A-Z_]+)=", " ".join(re.findall(r"^export (.*)$", DEPLOYING, re.MULTILINE)))
    assert used == set(re.findall(r"\$([A-Z_]+)", filled_in)) == set(exported)


def test_no_container_writes_an_endless_log() -> None:
    for service in COMPOSE["services"].values():
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}


def test_the_proxy_of_compose_resolves_the_address_of_the_api_again() -> None:
    """The image has a version of nginx that does so: 1.27.3 or later."""
    nginx = COMPOSE["services"]["nginx"]
    assert re.fullmatch(r"nginxinc/nginx-unprivileged:1\.(2[89]|[3-9]\d)\S*", nginx["image"])
    assert nginx["environment"]["API"] == "api:8000 resolve"
    assert nginx["environment"]["STREAMS"] == "streams:8001 resolve"
    assert "resolver ${NGINX_LOCAL_RESOLVERS}" in (DEPLOY / "nginx" / "resolver.conf.template").read_text()
    template = (DEPLOY / "nginx" / "api.conf.template").read_text()
    assert "    zone api_servers 64k;\n    server ${API} max_fails=0;\n" in template
    assert set(re.findall(r"\$\{(\w+)\}", template)) <= set(nginx["environment"])


def test_a_changed_configuration_makes_new_pods() -> None:
    """kustomize puts a hash of the content only into the names of generated ones."""
    kustomization = yaml.safe_load((DEPLOY / "kubernetes" / "Kustomization").read_text())
    (generator,) = kustomization["configMapGenerator"]
    assert generator == {"name": "api", "envs": ["api.env"]}
    assert set(kustomization["resources"]) == {path.name for path in (DEPLOY / "kubernetes").glob("*.yaml")}
    assert "ConfigMap" not in {document["kind"] for document in KUBERNETES}
    assert "kubectl apply --kustomize deploy/kubernetes" in (DEPLOY / "README.md").read_text()


def test_pods_reach_every_service_that_the_settings_may_name() -> None:
    (policy,) = [document for document in KUBERNETES if document["kind"] == "NetworkPolicy"]
    ports = {each["port"] for rule in policy["spec"]["egress"] for each in rule["ports"]}
    assert ports >= {53, 5432, 6432, 6379, 587, 465}  # Mail by STARTTLS, and by TLS from the start.


def test_statements_through_the_pool_of_compose_end_as_the_docs_say(django_db_setup: None) -> None:
    """Statements end as they do without a pool; migrations bypass it, and may take longer."""
    if connection.vendor == "sqlite":
        return
    limits = (DEPLOY / "postgresql" / "limits.sql").read_text()
    (past,) = re.findall(r"\?options=(\S+)$", COMPOSE["services"]["migrate"]["environment"]["DATABASE_URL"])
    given = connection.settings_dict
    place = {"host": given["HOST"], "port": given["PORT"] or None, "password": given["PASSWORD"] or None}
    with psycopg.connect(dbname="postgres", user=given["USER"], autocommit=True, **place) as administrator:
        administrator.execute("CREATE ROLE pooled LOGIN")
        try:
            administrator.execute("SET ROLE pooled")
            administrator.execute(limits)
            for options, expected in ((None, "5s"), (unquote(past), "0")):
                with psycopg.connect(dbname="postgres", user="pooled", options=options, **place) as pooled:
                    assert pooled.execute("SHOW statement_timeout").fetchone() == (expected,)
                    assert pooled.execute("SHOW lock_timeout").fetchone() == ("3s",)
        finally:
            administrator.execute("RESET ROLE")
            administrator.execute("DROP ROLE pooled")


def test_the_api_waits_for_its_migrations() -> None:
    for name in ("api", "streams"):
        assert COMPOSE["services"][name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert COMPOSE["services"]["migrate"]["command"] == ["python", "manage.py", "migrate"]


def test_every_pod_is_under_the_network_policy() -> None:
    (policy,) = [document for document in KUBERNETES if document["kind"] == "NetworkPolicy"]
    chosen = policy["spec"]["podSelector"]["matchLabels"].items()
    assert [pod["metadata"]["labels"].items() >= chosen for pod in pods()] == [True] * 4
    (rule,) = policy["spec"]["ingress"]
    ports = [port["containerPort"] for container in containers() for port in container.get("ports", ())]
    assert [each["port"] for each in rule["ports"]] == ports
