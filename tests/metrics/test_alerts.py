"""Each alert fires in the situation that it is for, and none does for a healthy API: Prometheus' own tests of rules."""

import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.metrics.test_monitoring_files import ALERTS, MONITORING
from tests.programs import need

# An hour of samples, one a minute: of an API that serves 10 requests a second, and of one in trouble.
REQUESTS = 'http_requests_total{%s,method="GET",route="/",status="%s"}'
BUCKET = 'http_request_duration_seconds_bucket{%s,method="GET",route="/",status_class="2xx",le="%s"}'
PLACE = 'job="api",instance="a"'
HEALTHY = {
    f"up{{{PLACE}}}": "1x60",
    REQUESTS % (PLACE, 200): "0+600x60",
    REQUESTS % (PLACE, 500): "0x60",
    REQUESTS % (PLACE, 503): "0+1x60",
    BUCKET % (PLACE, "0.1"): "0+599x60",
    BUCKET % (PLACE, "1.0"): "0+600x60",
    BUCKET % (PLACE, "2.5"): "0+600x60",
    BUCKET % (PLACE, "+Inf"): "0+600x60",
    f"http_requests_in_progress{{{PLACE}}}": "1 3 1 2 1x56",
    f'process_start_time_seconds{{{PLACE},slot="0"}}': "100x30 200x30",
    f'process_start_time_seconds{{{PLACE},slot="1"}}': "100x30 200x30",
    f'process_resident_memory_bytes{{{PLACE},slot="0"}}': "115000000x60",
    f'http_throttled_requests_total{{{PLACE},throttle="anon"}}': "0+100x60",
    f'http_throttled_requests_total{{{PLACE},throttle="sign-in"}}': "0+1x60",
}
IN_TROUBLE = HEALTHY | {
    f"up{{{PLACE}}}": "0x60",
    REQUESTS % (PLACE, 500): "0+1x60",
    REQUESTS % (PLACE, 503): "0+20x60",
    BUCKET % (PLACE, "0.1"): "0+580x60",
    BUCKET % (PLACE, "1.0"): "0+590x60",
    f"http_requests_in_progress{{{PLACE}}}": "8x60",
    f'process_start_time_seconds{{{PLACE},slot="0"}}': "100+60x60",
    f'process_resident_memory_bytes{{{PLACE},slot="0"}}': "600000000x60",
    f'http_throttled_requests_total{{{PLACE},throttle="sign-in"}}': "0+20x60",
}
LABELS = {
    "ApiDown": {"job": "api"},
    "ApiMemory": {"job": "api", "slot": "0"},
}


def case(series: dict[str, str], *, fires: bool) -> dict[str, Any]:
    def expected(rule: dict[str, Any]) -> dict[str, Any]:
        summary = rule["annotations"]["summary"].replace("{{ $labels.instance }}", "a")
        labels = {"instance": "a", **rule["labels"], **LABELS.get(rule["alert"], {})}
        return {"exp_labels": labels, "exp_annotations": {"summary": summary}}

    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "alert_rule_test": [
            {"eval_time": "50m", "alertname": rule["alert"], "exp_alerts": [expected(rule)] if fires else []}
            for rule in ALERTS
        ],
    }


def test_alerts_fire_in_trouble_and_only_then(tmp_path: Path) -> None:
    promtool = need("promtool")
    tests = {
        "rule_files": [str(MONITORING / "alerts.yml")],
        "evaluation_interval": "1m",
        "tests": [case(HEALTHY, fires=False), case(IN_TROUBLE, fires=True)],
    }
    (tmp_path / "tests.yml").write_text(yaml.safe_dump(tests, sort_keys=False, width=1000))
    result = subprocess.run(
        [promtool, "test", "rules", tmp_path / "tests.yml"], check=False, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr
