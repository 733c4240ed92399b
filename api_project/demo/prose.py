"""Generates texts from the small set's sentences and the vocabulary. The same seed gives the same texts."""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from random import Random

from api_project.demo import corpus
from posts.slugs import slugify

TAGS = 3_000
SENTENCES = 20  # In a body.
_NUMBERS = {"number": (2, 99), "reference": (1_000, 999_999)}
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？।])\s*")
_OPENING = re.compile(r"[^\W\d_]")  # The start of a paragraph. Lists, tables and code start otherwise.


@dataclass(frozen=True)
class Topic:
    """The sentences and tags of one author in one language. A generated text mixes those of one topic."""

    language: str
    sentences: tuple[str, ...]
    tags: tuple[str, ...]


@cache
def topics() -> list[Topic]:
    sources = defaultdict(list)
    for article in corpus.articles():
        if article.age is not None and "announcements" not in article.tags:
            sources[article.author, article.language].append(article)
    found = [
        Topic(
            language=language,
            sentences=tuple(dict.fromkeys(sentence for article in articles for sentence in _sentences(article.body))),
            tags=tuple(dict.fromkeys(slugify(tag) for article in articles for tag in article.tags)),
        )
        for (_author, language), articles in sources.items()
    ]
    return [topic for topic in found if len(topic.sentences) >= SENTENCES]


@cache
def tags() -> list[str]:
    """All tags that texts may have, the most frequent first."""
    words = corpus.vocabulary()
    made = [f"{adjective}-{thing}" for adjective in words["adjective"] for thing in words["things"]]
    Random("tags").shuffle(made)  # noqa: S311
    return [*dict.fromkeys(tag for topic in topics() for tag in topic.tags), *made][:TAGS]


@cache
def _tag_weights() -> list[float]:
    """Cumulative weights of the tags: the nth tag has the weight 1/n (Zipf's law)."""
    return list(accumulate(1 / rank for rank in range(1, TAGS + 1)))


class Writer:
    """Writes random texts."""

    def __init__(self, seed: str) -> None:
        self.random = Random(seed)  # noqa: S311
        self._choices = _Choices(self.random)

    def fill(self, kind: str) -> str:
        """A random pattern of this kind, with its placeholders filled."""
        text = self._choices[kind].format_map(self._choices)
        return text[0].upper() + text[1:]

    def topic(self) -> Topic:
        return self.random.choices(topics(), [len(topic.sentences) for topic in topics()])[0]

    def title(self, topic: Topic) -> str:
        if topic.language == "en":
            return self.fill("titles")
        return f"{self.random.choice(topic.sentences)[:150].rstrip('.。।')} · {self.fill('place')}"

    def body(self, topic: Topic) -> str:
        """Markdown of about 1.5 kB."""
        sentences = self.random.sample(topic.sentences, SENTENCES)
        if topic.language != "en":
            return "\n\n".join("".join(sentences[at : at + 5]) for at in range(0, SENTENCES, 5))
        sentences[5:5], sentences[12:12] = [self.fill("asides")], [self.fill("asides")]
        paragraphs = [" ".join(sentences[at : at + 5]) for at in range(3, len(sentences), 5)]
        points = "\n".join(f"- {sentence}" for sentence in sentences[:3])
        heading = f"## {self.fill('headings')}"
        return "\n\n".join([paragraphs[0], heading, *paragraphs[1:], points, self.fill("closings")])

    def tags(self, topic: Topic) -> list[str]:
        """Up to five tags. The first one is of the topic."""
        count = self.random.randrange(6)
        chosen = [self.random.choice(topic.tags), *self.random.choices(tags(), cum_weights=_tag_weights(), k=4)]
        return list(dict.fromkeys(chosen[:count]))


class _Choices(dict[str, str]):
    """Gives a random word of the vocabulary for each kind, and a new one each time."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def __missing__(self, kind: str) -> str:
        if kind in _NUMBERS:
            return str(self.random.randint(*_NUMBERS[kind]))
        return self.random.choice(corpus.vocabulary()[kind])


def _sentences(body: str) -> list[str]:
    paragraphs = (paragraph.replace("\n", " ") for paragraph in body.split("\n\n") if _OPENING.match(paragraph))
    return [sentence for paragraph in paragraphs for sentence in _SENTENCE_END.split(paragraph) if sentence]
