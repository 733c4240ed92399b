"""The dashboard, the alert rules and the configuration of deploy/monitoring, and the page about them."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from api_project.server import HOST
from tests.metrics.scrape import AUTHORIZATION, Scrape, ask
from tests.metrics.test_scrapes import send_mixed
from tests.programs import need
from tests.server import ROOT, Server

MONITORING = ROOT / "deploy" / "monitoring"
DASHBOARD = json.loads((MONITORING / "dashboard.json").read_text())
(GROUP,) = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
ALERTS = GROUP["rules"]
PAGE = (ROOT / "docs" / "monitoring.md").read_text()

RUN = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)

# Prometheus itself adds these.
OWN_METRICS, OWN_LABELS = {"up"}, {"instance", "job"}
WORDS = set(
    "avg_over_time by changes count group_left histogram_quantile ignoring"
    " increase offset on rate sum topk unless".split()
)


def texts_of(found: Any, name: str) -> Iterator[str]:
    """Every text under this name, at any depth."""
    for key, value in found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ():
        if key == name and isinstance(value, str):
            yield value
        yield from texts_of(value, name)


def expressions() -> list[str]:
    return [*texts_of(DASHBOARD, "expr"), *(rule["expr"] for rule in ALERTS)]


def names_in(expression: str) -> tuple[set[str], set[str]]:
    """The metrics and the labels of an expression of PromQL."""
    bare = re.sub(r'"[^"]*"', '""', re.sub(r"\[[^]]*\]", "", expression))
    labels = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", bare))
    lists = re.findall(r"\b(?:by|on|ignoring|group_left)\s*\(([^)]*)\)", bare)
    labels |= {name for names in lists for name in re.findall(r"\w+", names)}
    bare = re.sub(r"\{[^}]*\}|\b(?:by|on|ignoring|group_left)\s*\([^)]*\)", " ", bare)
    return set(re.findall(r"\b[a-z_]\w*", re.sub(r"\b\d\w*", "", bare))) - WORDS, labels


@pytest.fixture(scope="module")
def scrape(metered: Server) -> Scrape:
    send_mixed(metered, 1)
    return Scrape.of(metered.port)


def test_every_metric_and_label_that_is_queried_is_in_a_scrape(scrape: Scrape) -> None:
    labels = {name for _metric, its in scrape.samples for name, _value in its}
    assert len(expressions()) > 20
    for expression in expressions():
        metrics, selected = names_in(expression)
        assert metrics, expression
        assert metrics - scrape.names - OWN_METRICS == set(), expression
        assert selected - labels - OWN_LABELS == set(), expression


def test_the_page_explains_every_metric_of_a_scrape(metered: Server) -> None:
    text = ask(metered.port, **AUTHORIZATION).text
    families = re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)
    assert sorted(families) == sorted(re.findall(r"^\| `([a-z]\w+)` \|", PAGE, re.MULTILINE))


def test_the_commands_of_the_page_make_a_token_and_read_the_metrics(metered: Server) -> None:
    make, fetch = (block.replace("http://127.0.0.1:8000", metered.url) for block in RUN)

    def output(commands: str) -> str:
        shell = [need("bash"), "-ec", commands]
        need("curl")
        return subprocess.run(shell, check=True, env=metered.variables, capture_output=True, text=True).stdout

    assert re.fullmatch(r"[\w-]{43}\n", output(make))
    assert "http_requests_total" in Scrape.parsed(output(fetch)).names


def test_every_status_class_and_label_value_in_an_alert_can_occur(scrape: Scrape) -> None:
    assert [*scrape.values("http_request_duration_seconds_count", status_class="2xx")]
    throttles = {dict(its)["throttle"] for name, its in scrape.samples if name == "http_throttled_requests_total"}
    (guessing,) = [rule["expr"] for rule in ALERTS if rule["alert"] == "ApiGuessing"]
    (named,) = re.findall(r'throttle=~"([^"]+)"', guessing)
    assert set(named.split("|")) <= throttles


def test_the_page_says_what_to_do_about_each_alert() -> None:
    assert {rule["alert"] for rule in ALERTS} == set(re.findall(r"^\| `(Api\w+)`", PAGE, re.MULTILINE))
    assert all(rule["annotations"]["summary"] and rule["labels"]["severity"] in {"page", "warn"} for rule in ALERTS)


def test_the_panels_of_the_dashboard_do_not_overlap_and_use_its_variables() -> None:
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in DASHBOARD["panels"]]
    assert len({*places}) == len(places) == len({panel["id"] for panel in DASHBOARD["panels"]})
    variables = {each["name"] for each in DASHBOARD["templating"]["list"]}
    assert set(re.findall(r"\$\{?(\w+)", json.dumps(DASHBOARD))) == {*variables, "__rate_interval"}


def test_prometheus_scrapes_the_port_of_the_api_with_the_token_and_reads_the_rules() -> None:
    configuration = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
    (job,) = configuration["scrape_configs"]
    assert job["static_configs"][0]["targets"] == [f"{HOST}:8000"]
    assert job["authorization"]["credentials_file"]
    assert job.get("metrics_path", "/metrics") == "/metrics"
    assert all((MONITORING / name).exists() for name in configuration["rule_files"])
    assert all(f'job="{job["job_name"]}"' in text for text in re.findall(r"\{job[^}]*\}", str(ALERTS)))


def test_prometheus_accepts_the_rules_and_its_configuration(tmp_path: Path, metered: Server) -> None:
    promtool = need("promtool")
    for name in ("prometheus.yml", "alerts.yml"):
        (tmp_path / name).write_text((MONITORING / name).read_text())
    (tmp_path / "metrics_token").write_text("token")
    subprocess.run([promtool, "check", "config", "prometheus.yml"], cwd=tmp_path, check=True)
    text = ask(metered.port, **AUTHORIZATION).text
    checked = subprocess.run([promtool, "check", "metrics"], input=text, text=True, check=False, capture_output=True)
    assert checked.returncode == 0, checked.stderr
