"""The tests that run on SQLite only: the database has no part in what they test.

Every other test runs on both engines, and so does a full campaign. A plugin that pyproject.toml names.
"""

import os
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
ON_SQLITE_ONLY = {
    "A client, a browser, a proxy and another provider get the same responses from both engines": """
        browser
        clients
        deploy/test_check_proxy.py
        deploy/test_proxy.py
        deploy/test_shared_cache.py
        deploy/test_small_machine.py
        deploy/test_smuggling.py
        streams/test_stream_server.py
        torture/test_behind_nginx.py
        torture/test_reloads.py
        users/passkeys
        users/providers/test_failing_providers.py
        users/providers/test_limits.py
        users/providers/test_mails.py
        users/providers/test_other_providers.py
        users/providers/test_reauthentication.py
        users/providers/test_refusals.py
        users/providers/test_sign_in.py
        users/providers/test_unreachable_providers.py
    """,
    "The HTTP server receives, refuses and delays requests before they reach the database": """
        http/request/test_bodies_on_the_server.py
        http/request/test_slow_clients.py
        http/test_credentials_on_the_server.py
        torture/test_crowds.py
    """,
    "HTTP around the database: paths, headers, cookies, negotiation, the text of bodies and of errors": """
        admin/test_preview.py
        admin/test_times.py
        admin/test_undeclared_filters.py
        budgets/test_memory_of_headers.py
        http/caching/test_caching.py
        http/caching/test_caching_across_origins.py
        http/caching/test_response_cache.py
        http/conditional/test_etags.py
        http/middleware/test_local_origins.py
        http/middleware/test_client_address.py
        http/middleware/test_compression.py
        http/middleware/test_pages.py
        http/middleware/test_paths.py
        http/middleware/test_security_headers.py
        http/middleware/test_static_files.py
        http/middleware/test_trace_context.py
        http/middleware/test_translations.py
        http/problems/test_problems.py
        http/representation/test_fields.py
        http/representation/test_negotiation.py
        http/request/test_bodies.py
        http/request/test_parsing.py
        http/request/test_parsing_of_media_types.py
        http/request/test_text.py
        http/request/test_trusted_urls.py
        http/throttling/test_throttles.py
        http/viewsets/test_csrf_of_operations.py
        http/viewsets/test_error_precedence.py
        http/viewsets/test_error_precedence_by_cookie.py
        http/viewsets/test_wrong_requests.py
        meta/test_api_catalog.py
        meta/test_problem_types.py
        meta/test_redirections.py
        users/auth/test_auth_messages.py
        users/auth/test_forms.py
    """,
    "Rights that Python decides: the callers, states, scopes and fields of each operation": """
        test_field_access.py
        test_permissions.py
        users/tokens/test_scopes.py
    """,
    "The memory and the columns that a cached response saves": """
        budgets/test_cached_responses.py
    """,
    "The settings, the start of a process and the loaded packages; the test names SQLite itself": """
        budgets/test_loading.py
        http/test_checks.py
        deploy/test_make_serve.py
        deploy/test_serve.py
        metrics/test_access.py
        metrics/test_alerts.py
        metrics/test_cardinality.py
        metrics/test_monitoring_files.py
        metrics/test_slots.py
        test_environment.py
        test_first_commands.py
    """,
    "The OpenAPI document, the documentation and the tools of this repository": """
        schema/compat
        schema/test_conformance.py
        schema/test_document.py
        schema/test_document_view.py
        schema/test_examples.py
        schema/test_generators.py
        schema/test_operations.py
        schema/test_pages.py
        schema/test_schemathesis_at_limits.py
        schema/test_tables_of_docs.py
        test_adding_a_resource.py
        test_blocks_of_docs.py
        test_both_engines.py
        test_contract_coverage.py
        test_lint_of_migrations.py
        test_links_of_docs.py
        test_references_of_docs.py
        torture/test_journal.py
        torture/test_report.py
    """,
    "Functions of text": """
        budgets/test_cost_of_bodies.py
        budgets/test_cost_of_markdown.py
        test_markdown.py
        posts/search/test_tokenizer.py
    """,
}
_PATHS = frozenset(TESTS / path for paths in ON_SQLITE_ONLY.values() for path in paths.split())


def pytest_configure() -> None:
    """Name a file that was moved or deleted: it would run on both engines, or nobody would miss it."""
    if missing := sorted(str(path) for path in _PATHS if not path.exists()):
        raise pytest.UsageError(f"tests/one_engine.py names what does not exist: {', '.join(missing)}")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    is_elsewhere = config.getoption("engine") != "sqlite" and not os.environ.get("TORTURE")
    return True if collection_path in _PATHS and is_elsewhere else None
