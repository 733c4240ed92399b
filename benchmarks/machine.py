"""The machine and the versions that the figures belong to."""

import os
import platform
import re
import subprocess
from pathlib import Path

from options import HERE, NODE
from postgres import Database


def describe(database: Database) -> dict[str, str]:
    with database.connect() as connection:
        postgresql = f"{connection.info.server_version // 10_000}.{connection.info.server_version % 10_000}"
    return {
        "processors": f"{os.cpu_count()} × {_processor()}",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "PostgreSQL": postgresql,
        "Python": platform.python_version(),
        "Node.js": subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True).stdout.strip(),
        **_pins(HERE.parent / "requirements.txt", {"django": "Django", "granian": "granian"}),
        **_pins(
            HERE / "requirements.txt",
            {
                "djangorestframework": "DRF",
                "gunicorn": "gunicorn",
                "fastapi": "FastAPI",
                "sqlalchemy": "SQLAlchemy",
                "pydantic": "pydantic",
                "asyncpg": "asyncpg",
                "uvicorn": "uvicorn",
            },
        ),
        **_packages({"fastify": "Fastify", "pg": "pg"}),
    }


def _processor() -> str:
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _pins(path: Path, names: dict[str, str]) -> dict[str, str]:
    pins = dict(re.findall(r"^([\w-]+)==(\S+)", path.read_text(), re.MULTILINE))
    return {shown: pins[name] for name, shown in names.items()}


def _packages(names: dict[str, str]) -> dict[str, str]:
    text = (HERE / "peers" / "fastify" / "package.json").read_text()
    pins = dict(re.findall(r'"([\w@/-]+)": "([\d.]+)"', text))
    return {shown: pins[name] for name, shown in names.items()}
