"""A parser of feeds for JavaScript reads all three formats alike."""

from tests.clients.project import Project


def test_feedsmith_reads_the_feeds(node_project: Project, api: str) -> None:
    node_project.add("feeds.mjs")
    titles = ["Two & three ]]>", "One <b>"]
    html = '<p>See <a href="/x" rel="nofollow noopener"><em>this</em></a>.  ]]&gt; \U0001f600</p>'
    assert node_project.report("node", "feeds.mjs", api, "feeds") == {
        "urls": [f"/feeds/posts.{name}?author=feeds" for name in ("atom", "rss", "json")],
        "titles": [titles] * 3,
        "equalIds": True,
        "rssIds": [[True, False]] * 2,
        "authors": ["feeds"] * 3,
        "tags": [["a", "feeds"]] * 3,
        "content": [html] * 3,
        "dated": True,
    }
