"""Settings from the environment: a missing or malformed variable stops the start with one line that names it."""

import ast
import os
import re
import subprocess
from pathlib import Path

import pytest

from api_project.sign_in_settings import PROVIDERS
from tests import processes
from tests.environment import EXAMPLE, VARIABLES
from tests.ports import free_port

ROOT = EXAMPLE.parent
SECRET_KEY = "0123456789abcdefghijklmnopqrstuvwxyz-0123456789-abcdefghij"

# In one process: loading the settings three times would take longer than the checks.
EVERY_CHECK = """
import django
from django.core.management import call_command
django.setup()
call_command("check")
call_command("makemigrations", "--check")
call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json")
"""


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the project with this environment and no other."""
    base = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "DATABASE_URL": "sqlite://:memory:"}
    return processes.run(*arguments, environment={**base, **environment})


def refused_variable(result: subprocess.CompletedProcess[str]) -> str:
    """The variable that the single line of the error names."""
    assert result.returncode != 0
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line.partition(":")[0]


def settings_from(env_file: Path) -> str:
    """Every setting, as `diffsettings` prints them."""
    result = run("manage.py", "diffsettings", ENV_FILE=str(env_file), SECRET_KEY=SECRET_KEY, PYTHONHASHSEED="0")
    assert result.returncode == 0, result.stderr
    return re.sub(r" at 0x[0-9a-f]+", "", result.stdout)


@pytest.mark.parametrize("command", [("manage.py", "check"), ("-m", "api_project.server")])
def test_a_missing_secret_key_stops_the_start(command: tuple[str, ...]) -> None:
    assert refused_variable(run(*command, PORT=str(free_port()))) == "SECRET_KEY"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("DEBUG", "perhaps"),
        ("DATABASE_REPLICA_URL", "nonsense"),
        ("DATABASE_REPLICA_URL", "postgresql://localhost/beside-sqlite"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mysql://localhost/blog"),
        ("DATABASE_URL", "postgresql://localhost:port/blog"),
        ("DATABASE_URL", "postgresql://localhost/blog?pool_mode=statement"),
        ("CACHE_URL", "memcached://localhost"),
        ("EMAIL_URL", "nonsense"),
        ("EMAIL_URL", "pigeon://localhost"),
        ("CORS_ALLOWED_ORIGINS", "app.example.com"),
        ("CORS_ALLOWED_ORIGINS", "https://app.example.com/"),
        ("CSRF_TRUSTED_ORIGINS", "*"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,nowhere"),
        ("REQUIRE_IF_MATCH", "2"),
        ("RATE_LIMIT_ANON", "many"),
        ("RATE_LIMIT_USER", "0/min"),
        ("EMAIL_VERIFICATION", "sometimes"),
        ("METRICS_TOKEN", "x" * 31),
        ("METRICS_TOKEN", "x" * 31 + "ä"),
        ("METRICS_TOKEN", "a token that has spaces in it, which no header can have"),
        ("PASSKEYS", "perhaps"),
        ("OIDC_ISSUER", "login.example.com"),
        ("OIDC_ISSUER", "http://login.example.com"),
        ("OIDC_ISSUER", "http://localhost:8080"),
        ("OIDC_ISSUER", "https://user:password@login.example.com"),
        ("OIDC_ISSUER", "https://login.example.com/?tenant=1"),
        ("OIDC_ISSUER", "https://["),
        ("OIDC_ISSUER", "https://[login]"),
        ("OIDC_ISSUER", "https://login.example.com:65536"),
        ("SOCIAL_PROVIDERS", "google,myspace"),
        ("POST_URL", "https://blog.example.com/posts/"),
        ("POST_URL", "/posts/{slug}"),
        ("POST_URL", "javascript:alert({slug})"),
        ("POST_URL", "https://{slug}.example.com/"),
        ("POST_URL", "https://blog.example.com/{slug}/{slug}"),
        ("POST_URL", "https://blog.example.com/{year}/{slug}"),
        ("POST_URL", "https://blog.example.com/a b/{slug}"),
    ],
)
def test_a_malformed_variable_stops_the_start(name: str, value: str) -> None:
    environment = {"SECRET_KEY": SECRET_KEY, name: value}
    assert refused_variable(run("manage.py", "check", **environment)) == name


@pytest.mark.parametrize("value", ["https://ada:hunter2@login.example.com", "https://ada:hunter2@["])
def test_the_credentials_in_the_url_of_an_issuer_are_not_printed(value: str) -> None:
    result = run("manage.py", "check", SECRET_KEY=SECRET_KEY, OIDC_ISSUER=value)
    assert refused_variable(result) == "OIDC_ISSUER"
    assert "hunter2" not in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("missing", "environment"),
    [
        ("OIDC_CLIENT_ID", {"OIDC_ISSUER": "https://login.example.com"}),
        ("OIDC_CLIENT_SECRET", {"OIDC_ISSUER": "https://login.example.com", "OIDC_CLIENT_ID": "api"}),
        ("OIDC_ISSUER", {"OIDC_CLIENT_ID": "api"}),
        ("OIDC_ISSUER", {"OIDC_CLIENT_SECRET": "secret"}),
        ("GOOGLE_CLIENT_ID", {"SOCIAL_PROVIDERS": "google"}),
        ("GITHUB_CLIENT_SECRET", {"SOCIAL_PROVIDERS": "github", "GITHUB_CLIENT_ID": "api"}),
    ],
)
def test_a_provider_without_its_client_stops_the_start(missing: str, environment: dict[str, str]) -> None:
    assert refused_variable(run("manage.py", "check", SECRET_KEY=SECRET_KEY, **environment)) == missing


def test_a_mistyped_provider_is_answered_by_the_nearest_name() -> None:
    result = run("manage.py", "check", SECRET_KEY=SECRET_KEY, SOCIAL_PROVIDERS="goggle")
    assert "did you mean google?" in result.stderr


def test_every_provider_and_passkeys_pass_the_checks_and_have_a_valid_document() -> None:
    clients = {f"{name.upper()}_CLIENT_{part}": "x" for name in ("oidc", *PROVIDERS) for part in ("ID", "SECRET")}
    switches = {"OIDC_ISSUER": "https://a.example", "SOCIAL_PROVIDERS": ",".join(PROVIDERS), "PASSKEYS": "true"}
    base = {"DJANGO_SETTINGS_MODULE": "api_project.settings", "SECRET_KEY": SECRET_KEY}
    result = run("-c", EVERY_CHECK, **base, **switches, **clients)
    assert result.returncode == 0, result.stderr
    for name in ("oidc", *PROVIDERS):
        assert f'"/api/auth/browser/v1/auth/provider/callback/{name}":' in result.stdout


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "http"), ("PORT", "65536"), ("WEB_CONCURRENCY", "0"), ("WEB_CONCURRENCY", "two")]
)
def test_a_malformed_variable_stops_the_server(name: str, value: str) -> None:
    environment = {"SECRET_KEY": SECRET_KEY, name: value}
    assert refused_variable(run("manage.py", "serve", **environment)) == name


def test_a_variable_of_the_env_file_is_read_and_the_environment_goes_before_it(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text(f"SECRET_KEY={SECRET_KEY}\nDEBUG=perhaps\n")
    assert refused_variable(run("manage.py", "check", ENV_FILE=str(env_file))) == "DEBUG"
    assert run("manage.py", "diffsettings", ENV_FILE=str(env_file), DEBUG="false").returncode == 0


def test_the_example_lists_every_variable_that_is_read() -> None:
    readers = ROOT.glob("api_project/**/*.py")
    nodes = [node for path in readers for node in ast.walk(ast.parse(path.read_text()))]
    names = {name for node in nodes if (name := _variable_read_by(node))}
    assert "SECRET_KEY" in names
    assert names - set(VARIABLES) == set()


def test_the_example_shows_the_defaults_and_a_comment_on_each() -> None:
    lines = EXAMPLE.read_text().splitlines()
    assert all(lines[number - 1].startswith("# ") for number, line in enumerate(lines) if line[:1].isalpha())
    assert settings_from(EXAMPLE) == settings_from(Path(os.devnull))


def _variable_read_by(node: ast.AST) -> str | None:
    """The name in a call of `api_project.env`, such as `env.text("EMAIL_URL", "")`."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="env")), args=[ast.Constant(value=str(name)), *_]):
            return name
    return None


def test_a_misspelt_variable_is_named_with_the_setting_that_it_resembles(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text(f"SECRET_KEY={SECRET_KEY}\nCORS_ALOWED_ORIGINS=https://app.example.com\n")
    result = run("manage.py", "check", ENV_FILE=str(env_file))
    assert result.returncode == 0
    assert "CORS_ALOWED_ORIGINS is no setting, so it has no effect." in result.stderr
    assert "Did you mean CORS_ALLOWED_ORIGINS?" in result.stderr
