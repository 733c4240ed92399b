"""Messages in English or Spanish, as the reader prefers; data in no language."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation.template import templatize

from tests.client import Client
from tests.http.operations import Operation, operations
from users.models import User

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("api_project", "posts", "schema", "users")
CATALOGUE = ROOT / "api_project" / "locale" / "es" / "LC_MESSAGES" / "django.po"
MARKS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
# Data, which is the same for every reader.
NOT_TRANSLATED = {"Welcome. Begin with the docs, or with GET /api/v1/posts."}

SPANISH = {"Accept-Language": "es"}
READS = [operation for operation in operations() if not operation.writes]


def marked() -> Iterator[str]:
    """Every text of this project that code or templates mark for translation."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            yield from _marked_in(path.read_text(encoding="utf-8"))
        for path in (ROOT / package).rglob("templates/**/*.*"):
            yield from _marked_in_template(path.read_text(encoding="utf-8"))


def _marked_in(code: str) -> Iterator[str]:
    """The catalogue stores a text with a plural under its singular as well."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS and node.args:
            text = node.args[0]
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield text.value


def _marked_in_template(template: str) -> Iterator[str]:
    for call in re.findall(
        r"""gettext\((u?(?:'''.*?'''|\"\"\".*?\"\"\"|'[^']*'|"[^"]*"))""", templatize(template), re.DOTALL
    ):
        yield ast.literal_eval(call)


def translations() -> dict[str, list[str]]:
    """The catalogue: the translations of each text, two of them if it has a plural."""
    blocks = CATALOGUE.read_text(encoding="utf-8").split("\n\n")[1:]
    entries = [re.findall(r'^(msgid|msgstr)\S* (".*")$', block, re.MULTILINE) for block in blocks]
    texts = [[(kind, ast.literal_eval(text)) for kind, text in entry] for entry in entries]
    return {entry[0][1]: [text for kind, text in entry if kind == "msgstr"] for entry in texts}


def test_every_message_has_a_translation() -> None:
    """If one is missing, the head of the catalogue says how to add it."""
    catalogue = translations()
    texts = set(marked()) - NOT_TRANSLATED

    assert len(texts) > 100
    assert sorted(text for text in texts if not all(catalogue.get(text, [""]))) == []


def test_a_translation_has_the_placeholders_of_its_message() -> None:
    def places(text: str) -> set[str]:
        return set(re.findall(r"%\(\w+\)\w|\{\w+\}|`[^`]+`", text))

    assert [
        text
        for text, all_translations in translations().items()
        for each in all_translations
        if places(each) != places(text)
    ] == []


def test_the_compiled_catalogue_is_up_to_date() -> None:
    with CATALOGUE.with_suffix(".mo").open("rb") as compiled:
        spanish = gettext.GNUTranslations(compiled)
    for text, written in translations().items():
        compiled_as = [spanish.ngettext(text, text, number) for number in (1, 2)[: len(written)]]
        assert (compiled_as if len(written) > 1 else [spanish.gettext(text)]) == [each or text for each in written]


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("es", "es"),
        ("es-MX", "es"),
        ("ES", "es"),
        ("fr, es;q=0.5, en;q=0.1", "es"),
        ("en, es;q=0.9", "en"),
        ("fr", "en"),
        ("*", "en"),
        ("", "en"),
        ("ñ", "en"),
        ("es" * 5000, "en"),
    ],
)
@pytest.mark.parametrize("path", ["/nothing", "/api/v1/users/me", "/api/auth/app/v1/auth/session", "/api/v1/posts?x=1"])
def test_a_problem_is_in_the_preferred_language(
    wanted: str, language: str, path: str, api_client: Client, db: None
) -> None:
    response = api_client.get(path, headers={"Accept-Language": wanted})

    assert response.headers["Content-Language"] == language
    assert "Accept-Language" in response.headers["Vary"]
    is_spanish = (
        any(letter in response.json()["detail"] for letter in "áéíóúñ") or "Corrija" in response.json()["detail"]
    )
    assert is_spanish == (language == "es")


def test_errors_of_every_layer_are_translated(member_client: Client) -> None:
    """The layers are this API, DRF, Django, django-filter and allauth."""

    def reported(response: Any) -> list[str]:
        return [error["detail"] for error in response.json()["errors"]]

    body = {"title": "", "slug": "!", "tags": "x", "titel": 1}
    sign_up = {"username": "ada", "email": "x", "password": "123"}
    assert reported(member_client.post("/api/v1/posts", body, headers=SPANISH)) == [
        "Use al menos una letra o una cifra.",
        "Este campo no puede estar en blanco.",
        "Este campo es obligatorio.",
        'Envíe una lista, como ["a", "b"].',
        "Nombre desconocido. ¿Quiso decir «title»?",
    ]
    assert reported(member_client.get("/api/v1/posts?id=x&page=0", headers=SPANISH)) == [
        "Introduzca un UUID válido.",
        "Indique un número entero a partir de 1.",
    ]
    assert "Introduzca una dirección de correo electrónico válida." in reported(
        Client().post("/api/v1/users", sign_up, headers=SPANISH)
    )
    assert reported(Client().post("/api/auth/app/v1/auth/login", {"username": "a"}, headers=SPANISH)) == [
        "Este campo es obligatorio."
    ]


@pytest.mark.parametrize("operation", READS, ids=str)
def test_data_have_no_content_language(operation: Operation, member: User, member_client: Client) -> None:
    path = operation.path(operation.make(member))
    english, spanish = (member_client.get(path, headers={"Accept-Language": each}) for each in ("en", "es"))
    if english.status_code >= 400:
        return

    if operation.template.startswith("/api/problems"):
        assert spanish.content != english.content
        assert spanish.headers["Content-Language"] == "es"
        assert "Accept-Language" in spanish.headers["Vary"]
    else:
        if not operation.template.startswith("/api/v1/changes"):  # Each of its cursors is another one.
            assert spanish.content == english.content
        assert not spanish.has_header("Content-Language")
        assert "Accept-Language" not in spanish.headers.get("Vary", "")


def test_a_page_has_no_content_language(api_client: Client) -> None:
    for path in ("/", "/api/docs"):
        response = api_client.get(path, headers=SPANISH)
        assert not response.has_header("Content-Language")
        assert "Accept-Language" not in response.headers.get("Vary", "")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "/nothing", None),
        ("get", "/api/v1/posts?page=0&page_size=1000&search=!&id=x&ordering=x&published_at__gte=x", None),
        (
            "post",
            "/api/v1/posts",
            {"slug": "x" * 200, "title": "x" * 300, "body": "x" * 200_000, "excerpt": "x" * 400, "tags": ["x" * 100]},
        ),
        ("post", "/api/v1/posts", {"title": "x", "body": "x", "tags": [*map(str, range(30))], "published_at": "x"}),
        ("patch", "/api/v1/users/me", {"username": "x" * 100, "display_name": "x" * 300}),
        (
            "post",
            "/api/v1/users",
            {"username": "x" * 100, "email": "x" * 300, "password": "x", "display_name": "x" * 300},
        ),
    ],
)
def test_a_language_lasts_for_one_request(method: str, path: str, body: object, member_client: Client) -> None:
    """Earlier requests in another language have no effect."""

    def reported(language: str) -> list[str]:
        problem = getattr(member_client, method)(path, body, headers={"Accept-Language": language}).json()
        return [problem["title"], *(error["detail"] for error in problem.get("errors", ()))]

    spanish, english, *again = [reported(language) for language in ("es", "en", "es", "")]

    assert again == [spanish, english]
    assert len(spanish) == len(english)
    assert all(spoken != other for spoken, other in zip(spanish, english, strict=True))
