"""A migration that would lock out other clients for long does not pass `make check`."""

import pytest

from tests.lint_migrations import passes

CREATE = 'CREATE TABLE "posts_note" ("id" bigint NOT NULL PRIMARY KEY, "text" text NOT NULL)'
INDEX = 'CREATE INDEX "posts_note_text" ON "posts_note" ("text")'


@pytest.mark.parametrize(
    "statement",
    [
        INDEX,
        'ALTER TABLE "posts_note" ADD COLUMN "kind" text NOT NULL',
        'ALTER TABLE "posts_note" ALTER COLUMN "text" TYPE varchar(10)',
        'ALTER TABLE "posts_note" ADD CONSTRAINT "short" CHECK (length("text") < 10)',
        'ALTER TABLE "posts_note" RENAME COLUMN "text" TO "words"',
        'ALTER TABLE "posts_note" DROP COLUMN "text"',
    ],
)
def test_a_migration_that_locks_a_table_or_breaks_the_previous_release_is_refused(statement: str) -> None:
    assert not passes("posts.0003_note", [statement])


@pytest.mark.parametrize(
    "statements",
    [
        [CREATE, INDEX],
        ['ALTER TABLE "posts_note" ADD COLUMN "kind" text NULL'],
        ['ALTER TABLE "posts_note" ADD COLUMN "kind" text DEFAULT \'\' NOT NULL'],
        ['ALTER TABLE "posts_note" ADD CONSTRAINT "short" CHECK (length("text") < 10) NOT VALID'],
    ],
)
def test_a_migration_without_long_locks_passes(statements: list[str]) -> None:
    assert passes("posts.0003_note", statements)


def test_an_index_made_concurrently_and_outside_a_transaction_passes() -> None:
    assert passes("posts.0003_note", [INDEX.replace("INDEX", "INDEX CONCURRENTLY")], atomic=False)
