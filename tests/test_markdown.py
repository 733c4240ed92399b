"""Markdown as HTML: what it becomes, and what no text becomes."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from api_project import markdown
from api_project.markdown import to_html

REL = 'rel="nofollow noopener"'

HOSTILE = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<form><math><mtext></form><form><mglyph><svg><mtext><style><path id='</style><img onerror=alert(1) src>'>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<math><annotation-xml encoding='text/html'><style><img src=x onerror=alert(1)></style></annotation-xml></math>",
    "<table><tr><td><svg><desc><td><img src=x onerror=alert(1)>",
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'></xmp>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='javascript:alert(1)'></object><embed src='javascript:alert(1)'>",
    "<style>@import 'javascript:alert(1)';</style><link rel=stylesheet href=javascript:alert(1)>",
    "<base href='javascript:/a/'><a href='x'>a</a>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<form action='javascript:alert(1)'><button formaction='javascript:alert(1)'>a</button><input autofocus></form>",
    "<td style='background:url(javascript:alert(1));text-align:center'>a</td>",
    "<a href='javascript:alert(1)' onclick=alert(1) style='position:fixed' id=x name=y target=_blank>a</a>",
    "<!--><img src=x onerror=alert(1)>--><!--><script>alert(1)</script>",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml-stylesheet href='javascript:alert(1)'?><img src=x onerror=alert(1)>",
    "<code class='modal language-js'>a</code><p class=x data-x=1 hx-get=/x>a</p>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](<java\tscript:alert(1)>)",
    "[a](&#106;avascript:alert(1))",
    "[a](&#x6A&#x61vascript&colon;alert(1))",
    "[a](javascript&#58;alert(1))",
    "[a](java&Tab;script:alert(1))",
    "[a](java&NewLine;script:alert(1))",
    "[a](&#1;javascript:alert(1))",
    "[a](\u2028javascript:alert(1))",
    "[a](\u00a0javascript:alert(1))",
    "<javascript:alert(1)>",
    "[a](vbscript:msgbox(1))",
    "[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[a](blob:https://example.com/1) [a](file:///etc/passwd) [a](view-source:x) [a](feed:javascript:alert(1))",
    "![a](javascript:alert(1)) ![a](data:image/svg+xml;base64,PHN2Zy8+)",
    "![a](x\"onerror=alert(1)) ![a](x 'y\" onerror=\"alert(1)')",
    "![<script>alert(1)</script>](x) ![a](https://a.example/' onerror='alert(1))",
    "![![![a](javascript:1)](javascript:2)](javascript:3) [![a](data:,1)](javascript:4)",
    "[a]: javascript:alert(1)\n\n[a] [a][a] ![a]",
    "`<script>alert(1)</script>`\n\n```html\n</code></pre><script>alert(1)</script>\n```",
    "```x\" onclick=\"alert(1)\na\n```",
    "https://a.example/\"onmouseover=\"alert(1)\" https://a.example/<script>alert(1)</script>",
    "https://a.example/'onmouseover='alert(1) https://a.example/&quot;onmouseover=&quot;alert(1)",
    "<a title='https://a.example/\"onmouseover=alert(1)'>a</a> <p title=\"https://a.example/' x=`\">",
    "|a|\n|-|\n|<img src=x onerror=alert(1)>|",
    "<details open ontoggle=alert(1)><summary>a</summary></details><video><source onerror=alert(1)></video>",
    "<a href=\"\x09javascript:alert(1)\">a</a><a href=\"java\nscript:alert(1)\">a</a>",
]  # fmt: skip


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def assert_harmless(html: str) -> None:
    for tag, attributes in Elements(html).found:
        assert tag in markdown._TAGS
        assert set(attributes) <= {"rel", *markdown._ATTRIBUTES["*"], *markdown._ATTRIBUTES.get(tag, ())}
        assert (attributes.get("class") or "language-x").startswith("language-")
        assert (attributes.get("style") or "text-align:center").startswith("text-align:")
        for url in (attributes[name] or "" for name in ("href", "src") if name in attributes):
            assert urlsplit("".join(url.split())).scheme in {"", *markdown.SCHEMES}, url


@pytest.mark.parametrize("source", HOSTILE, ids=map(str, range(len(HOSTILE))))
@pytest.mark.parametrize("base_url", [None, "https://blog.example.com/a"])
def test_hostile_text_becomes_harmless(source: str, base_url: str | None) -> None:
    for text in (source, f"a {source}", f"> - {source}", f"**{source}**", f"[{source}](b)", f"<div>{source}</div>"):
        html = to_html(text, base_url=base_url)
        assert_harmless(html)
        # What a browser makes of it, and writes again, is harmless as well.
        assert_harmless(to_html(html, base_url=base_url))


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("# A *b* **c** ~~d~~ `e<`", "<h1>A <em>b</em> <strong>c</strong> <del>d</del> <code>e&lt;</code></h1>\n"),
        ("```python\na < b\n```", '<pre><code class="language-python">a &lt; b\n</code></pre>\n'),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>\n'),
        ("[a](/b#c)", f'<p><a href="/b#c" {REL}>a</a></p>\n'),
        ("<a@b.example>", f'<p><a href="mailto:a@b.example" {REL}>a@b.example</a></p>\n'),
        ("![a](b.png)", '<p><img src="b.png" alt="a"></p>\n'),
        ("a <kbd>b</kbd><br>c", "<p>a <kbd>b</kbd><br>c</p>\n"),
        ("\U0001f600 ]]> é", "<p>\U0001f600 ]]&gt; é</p>\n"),
    ],
)
def test_markdown_becomes_html(source: str, html: str) -> None:
    assert to_html(source) == html


def test_a_table_keeps_its_alignment() -> None:
    html = to_html("|a|b|\n|-|:-:|\n|c|d|")
    assert [tag for tag, _ in Elements(html).found] == "table thead tr th th tbody tr td td".split()
    assert html.count('style="text-align:center"') == 2


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ("See https://a.example/b?c=d&e=f.", "https://a.example/b?c=d&amp;e=f"),
        ("(https://a.example/b)", "https://a.example/b"),
        ("https://a.example/b_(c), d", "https://a.example/b_(c)"),
        ("(https://a.example/b_(c))!", "https://a.example/b_(c)"),
        ("*https://a.example*", "https://a.example"),
        ("<https://a.example/>", "https://a.example/"),
    ],
)
def test_a_bare_url_becomes_a_link(source: str, url: str) -> None:
    assert f'<a href="{url}" {REL}>{url}</a>' in to_html(source)
    assert to_html(source).count("<a ") == 1


@pytest.mark.parametrize("source", ["`https://a.example`", "    https://a.example", "![a](https://a.example/b)"])
def test_a_url_in_code_or_in_an_attribute_is_no_link(source: str) -> None:
    assert "<a " not in to_html(source)


def test_a_url_in_the_text_of_a_link_stays_one_link() -> None:
    assert to_html("[https://a.example](https://b.example)").count("<a ") == 1


def test_relative_urls_become_absolute_with_a_base() -> None:
    html = to_html("[a](/b) [c](d) [e](#f) [g](//h.example/) ![i](j.png)", base_url="https://blog.example.com/posts/x")
    found = [attributes.get("href") or attributes.get("src") for _, attributes in Elements(html).found[1:]]
    assert found == [
        "https://blog.example.com/b",
        "https://blog.example.com/posts/d",
        "https://blog.example.com/posts/x#f",
        "https://h.example/",
        "https://blog.example.com/posts/j.png",
    ]
