"""An earlier version of a resource is stored as its difference to the newer one, and is read back unchanged."""

from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_project.demo import corpus
from api_project.journal.snapshots import decode, encode

Snapshot = dict[str, Any]

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
BODIES = st.builds(lambda text, times: text * times, TEXTS, st.sampled_from([1, 40, 600]))
VALUES = TEXTS | BODIES | st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.lists(TEXTS)
SNAPSHOTS = st.dictionaries(TEXTS, VALUES)


def post(body: str, title: str = "How we moved the archive") -> Snapshot:
    return {
        "id": "01890a5d-ac96-774b-bcce-b302099a8057",
        "slug": "how-we-moved-the-archive",
        "title": title,
        "body": body,
        "excerpt": "",
        "author": "01890a5d-ac96-774b-bcce-b302099a8058",
        "tags": ["archives", "paper"],
        "published_at": None,
        "updated_at": "2026-03-01T10:00:00.123456Z",
    }


def body(characters: int) -> str:
    """Prose and Markdown of the demo content, without repetition up to 50,000 characters."""
    texts = "\n\n".join(article.body for article in corpus.articles())
    return (texts * (characters // len(texts) + 1))[:characters]


def edited(text: str, random: Random) -> str:
    at = random.randrange(len(text))
    return text[:at] + f" edit {random.random()} " + text[at + random.randrange(40) :]


@given(SNAPSHOTS, st.none() | SNAPSHOTS)
def test_a_snapshot_is_read_back_with_any_newer_version(snapshot: Snapshot, newer: Snapshot | None) -> None:
    assert decode(encode(snapshot, newer), newer) == snapshot


@given(SNAPSHOTS)
def test_a_key_frame_needs_no_newer_version(snapshot: Snapshot) -> None:
    assert decode(encode(snapshot, None), None) == snapshot


def test_fifty_edits_of_a_body_are_read_back_from_the_newest_version() -> None:
    random, versions = Random(7), [post(body(20_000))]  # noqa: S311
    for _ in range(50):
        versions.append(post(edited(versions[-1]["body"], random)))
    stored = [encode(older, newer) for older, newer in pairwise(versions)]

    current = versions[-1]
    for data, expected in reversed(list(zip(stored, versions, strict=False))):
        current = decode(data, current)
        assert current == expected
    assert sum(map(len, stored)) < 50 * 20_000 * 0.05


@pytest.mark.parametrize("characters", [20_000, 100_000])
def test_a_small_edit_takes_less_than_a_twentieth_of_the_text(characters: int) -> None:
    older = body(characters)
    newer = older[: characters // 2] + "a new sentence. " + older[characters // 2 :]
    assert len(encode(post(older), post(newer))) < characters * 0.05


def test_a_text_that_moved_from_the_end_to_the_start_is_found_in_the_longest_body() -> None:
    # 400 kB in UTF-8, of characters that compression alone cannot shorten much.
    emoji = [chr(0x1F300 + offset) for offset in range(256)]
    older = "".join(Random(1).choices(emoji, k=100_000))  # noqa: S311
    newer = older[90_000:] + older[:90_000]
    assert len(encode(post(older), post(newer))) < 1_000


@pytest.mark.parametrize("text", ["Thanks!", "Thanks, that was just what I was looking for today."])
def test_a_tiny_snapshot_does_not_grow(text: str) -> None:
    assert len(encode({"body": text}, None)) <= len(f'{{"body":"{text}"}}')


@pytest.mark.parametrize("newer", [None, {}], ids=["none", "empty"])
def test_a_difference_is_refused_without_a_newer_version(newer: Snapshot | None) -> None:
    data = encode(post(body(3_000)), post(body(3_000) + " The end."))
    with pytest.raises(ValueError, match="which is missing"):
        decode(data, newer)


def test_every_wrong_newer_version_is_refused() -> None:
    random, versions = Random(3), [post(body(3_000))]  # noqa: S311
    for _ in range(100):
        versions.append(post(edited(versions[-1]["body"], random)))
    for oldest, older, newer in zip(versions, versions[1:], versions[2:], strict=False):
        with pytest.raises(ValueError, match="difference to another"):
            decode(encode(oldest, older), newer)


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x01", b"\x03abc", encode(post(body(3_000)), None)[:-9]])
def test_damaged_data_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="snapshot"):
        decode(data, post(body(3_000)))
