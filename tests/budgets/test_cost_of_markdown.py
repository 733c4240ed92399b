"""The cost of rendering Markdown is bounded, whatever the text."""

from typing import Any

import nh3
import pytest

from api_project import markdown
from api_project.markdown import to_html
from tests.test_markdown import assert_harmless

LONG = 100_000
PARAGRAPHS = "<p>x</p>" * 5000
REPEATED = (
    "[ > * _ ` ![ < - ~ | # & \\ ( ]( [a]( [a][ [^ <!-- <? </ <a <b> <div> <svg> <math> <table> <p><b> <a_href=x> <br>"
    " &amp; &#x http://a. www. *a _a **a~a *a**b a@b.c ~~~\n ```\n \n> \n- \n1) \n# a\n- |a <select> <font> <i><div>"
    " <ul><li> <table><td>"
).split(" ")
ROW_OF = {name: (name.replace("_", " ") * LONG)[:LONG] for name in REPEATED} | {
    "nested lists": "".join(f"{'  ' * depth}- a\n" for depth in range(430))[:LONG],
    "nested quotes": "> - " * (LONG // 4),
    "nested emphasis": "*" * (LONG // 2 - 1) + "a" + "*" * (LONG // 2 - 1),
    "nested links": "[" * (LONG // 2 - 1) + "a" + "]" * (LONG // 2 - 1),
    "nested images": "![" * (LONG // 3) + "](a)" * (LONG // 12),
    "unclosed formats": "".join(f"<b a={number}>" for number in range(5000)) + PARAGRAPHS,
    "formats closed in comments": "".join(f"<b a={number}><!--</b>-->" for number in range(2500)) + PARAGRAPHS,
    "formats closed in values": "".join(f'<b a={number}><br y="</b>">' for number in range(2200)) + PARAGRAPHS,
    "formats closed under other names": "".join(f"<b a={number}></b\u00a0>" for number in range(2500)) + PARAGRAPHS,
    "a long link over paragraphs": f'<a href="http://{"x" * 1900}">' + "<p>x" * 12_000,
    "a long link around paragraphs": f"[{'a<p>x</p>' * 6000}](http://{'x' * 40_000})",
    "attributes": "<a " + " ".join(f"b{number}" for number in range(12_000)) + ">",
    "URLs": "http://a.b/c " * (LONG // 13),
    "a URL with much punctuation": "http://a.b/" + ")." * (LONG // 2),
    "uses of a reference": f"[a]: /{'u' * 500}\n\n" + "[a]" * (LONG // 3),
    "soft hyphens": "\u00ad" * LONG,
    "inverted exclamation marks": "¡" * LONG,
    "cells": "|a|b|\n|-|-|\n" + "|a|b|\n" * (LONG // 6),
}  # fmt: skip


@pytest.mark.parametrize("name", ROW_OF)
def test_the_work_for_a_long_text_is_bounded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sanitiser receives no HTML that takes it long, and its output is not much longer than the text."""
    cleaned: list[str] = []
    original = nh3.clean

    def clean(given: str, **how: Any) -> str:
        cleaned.append(given)
        return original(given, **how)

    monkeypatch.setattr(nh3, "clean", clean)
    html = to_html(ROW_OF[name])

    assert_harmless(html)
    assert len(html) < 7 * LONG
    for given in cleaned:
        assert given.count("<") + given.count("&") <= markdown.MAX_MARKERS
        assert given.encode().count(b"\xc2") <= markdown.MAX_LATIN_1
        assert markdown._nesting_work(given) <= markdown.MAX_NESTING_WORK


def test_a_text_beyond_the_limits_is_shown_as_its_source() -> None:
    assert to_html("> " * 51 + "<b>\n") == f"<pre>{'&gt; ' * 51}&lt;b&gt;\n</pre>\n"
    assert to_html("a & b <\n" * 7000).startswith("<pre>a &amp; b &lt;\n")


def test_an_ordinary_long_text_is_formatted() -> None:
    part = "# A\n\nWith *some* [links](https://a.example/b), `code`, <kbd>keys</kbd>, a <br> more.\n\n- one\n- two\n\n"
    assert to_html(part * 400).count("<em>") == 400
