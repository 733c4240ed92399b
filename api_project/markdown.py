"""Markdown as HTML that a page can show as it is: no scripts, no styles, no forms."""

import html
import re

import nh3
import pyromark

SCHEMES = frozenset({"http", "https", "mailto"})
# Anyone who may sign up can write posts, so search engines are not to follow their links.
REL = "nofollow noopener"

# A text whose HTML exceeds one of these is shown as its source, since sanitising would take more than 50 ms.
MAX_MARKERS = 12_000  # Tags, attributes and character references.
MAX_NESTING_WORK = 200_000  # The sum of the nesting depths of all tags, where an element counts more if it is long.
MAX_LATIN_1 = 20_000  # Characters from U+0080 to U+00BF: the sanitiser compares each with all text before it.
MAX_TAG_LENGTH = 2000  # Of what follows the name: many attributes take quadratic time.
_BYTES_PER_LEVEL = 32

_OPTIONS = pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_STRIKETHROUGH
_DEEP = re.compile(r"^(?:[ \t]*+(?:>|(?:[*+-]|[0-9]{1,9}[.)])(?=[ \t]))){50}", re.MULTILINE)
_TAG = re.compile(r"<(?:(/?)([A-Za-z][^\t\n\f\r />]*+)|[!?])([^<>]*+>)?")
_VOID = frozenset({"br", "hr", "img"})
_LINKED = re.compile(r"<(/?)(?:a|code|pre)\b[^<>]*+>|<[^<>]*+>|\bhttps?://(?:[^\s<>\"'`&]|&amp;)++")
_PUNCTUATION = "?!.,:*_~"
_LANGUAGE = re.compile(r"language-[\w+#.-]{1,50}")

_TAGS = frozenset(
    "a abbr b blockquote br caption cite code dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i"
    " img ins kbd li mark ol p pre q rp rt ruby s samp small span strong sub summary sup table tbody td tfoot th thead"
    " tr u ul var".split()
)
_ATTRIBUTES = {
    "*": {"dir", "lang", "title"},
    "a": {"href"},
    "code": {"class"},
    "details": {"open"},
    "img": {"alt", "height", "src", "width"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "style"},
    "th": {"colspan", "rowspan", "scope", "style"},
}


def to_html(source: str, *, base_url: str | None = None) -> str:
    """The HTML of a Markdown text: CommonMark with tables, strikethrough and links for bare URLs.

    HTML in the text stays, as far as it cannot harm the page. Links and images have the schemes http, https and mailto,
    or are relative; with `base_url`, relative ones become absolute.
    """
    if _DEEP.search(source):
        return _as_source(source)
    rendered = pyromark.html(source, options=_OPTIONS)
    if not _is_bounded(rendered):
        return _as_source(source)
    return nh3.clean(
        _link_urls(rendered) if "://" in rendered else rendered,
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        attribute_filter=_filtered,
        filter_style_properties={"text-align"},
        url_schemes=set(SCHEMES),
        link_rel=REL,
        url_relative=("rewrite_with_base", base_url) if base_url else "pass_through",
    )


def _filtered(_tag: str, name: str, value: str) -> str | None:
    """A class may name the language of a code block, and nothing that the page gives a meaning to."""
    return None if name == "class" and not _LANGUAGE.fullmatch(value) else value


def _as_source(source: str) -> str:
    return f"<pre>{html.escape(source, quote=False)}</pre>\n"


def _is_bounded(rendered: str) -> bool:
    markers = sum(map(rendered.count, "<&=")) + 4 * rendered.count("://")  # A URL may become a link.
    latin_1 = rendered.encode(errors="replace").count(b"\xc2")  # The first of the two bytes that each has in UTF-8.
    return markers <= MAX_MARKERS and latin_1 <= MAX_LATIN_1 and _nesting_work(rendered) <= MAX_NESTING_WORK


def _nesting_work(rendered: str) -> int:
    """At least the number of elements that an HTML parser visits, or copies from one paragraph into the next.

    A parser may close an element that this function takes for open, but never the other way round: only an end tag
    right after its start tag, or after complete elements, closes an element here.
    """
    work, open_tags = 0, [("", 0)]
    for tag in _TAG.finditer(rendered):
        is_end, name, rest = tag.groups()
        if rest is None or len(rest) > MAX_TAG_LENGTH:  # None: there is a `<` in the tag.
            return MAX_NESTING_WORK + 1
        if is_end and open_tags[-1][0] == name:
            open_tags.pop()
        elif not is_end and name not in _VOID:
            open_tags.append((name or "", open_tags[-1][1] + 1 + len(rest) // _BYTES_PER_LEVEL))
        work += open_tags[-1][1]
        if work > MAX_NESTING_WORK:
            break
    return work


def _link_urls(rendered: str) -> str:
    """The HTML with links for the URLs in its text, except in links and code."""
    inside = 0

    def link(found: re.Match[str]) -> str:
        nonlocal inside
        if found[0][0] == "<":
            if found[1] is not None:
                inside = max(0, inside - 1) if found[1] else inside + 1
            return found[0]
        if inside or len(found[0]) > MAX_TAG_LENGTH // 2:
            return found[0]
        url = _without_punctuation(found[0])
        return f'<a href="{url}">{url}</a>{found[0].removeprefix(url)}'

    return _LINKED.sub(link, rendered)


def _without_punctuation(url: str) -> str:
    """The URL without the punctuation of the sentence that it ends (GFM 0.29 §6.9)."""
    url = url.rstrip(_PUNCTUATION)
    unmatched, last = url.count(")") - url.count("("), len(url) - len(url.rstrip(")"))
    return url[: len(url) - max(0, min(unmatched, last))].rstrip(_PUNCTUATION)
