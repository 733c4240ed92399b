from tests.torture import report


def test_the_page_shows_what_was_stored() -> None:
    """If it fails, run: .venv/bin/python -m tests.torture.report"""
    page = report.PAGE.read_text()

    assert report.written(page, report.stored()) == page


def test_nothing_was_lost_in_any_campaign_but_the_controls() -> None:
    for row in report.stored():
        is_control = row["campaign"].startswith("Control")
        assert bool(row["lost"] or row["duplicated"] or row["doubtful"]) == is_control, row
