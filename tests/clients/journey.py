"""The report of each program in this directory that uses a generated client."""

# It signs up and in, creates a post with a key and repeats that, walks the pages by their cursors, edits what it read,
# edits it again with the stale tag, makes a draft, sends two errors, replaces the whole record, deletes it, and signs
# out.
JOURNEY = {
    "created": [[201, "true", True]] * 3,
    "walked": ["One", "Three", "Two"],
    "edited": [200, "Edited.", True],
    "stale": [412, "precondition_failed"],
    "stale_has_current_tag": True,
    "draft": "draft",
    "invalid": [400, "invalid", [["#/title", "blank"], ["#/tags/1", "no_slug"]]],
    "replaced": [200, "Uno", "Edited."],
    "deleted": 204,
    "gone": [404, "not_found"],
    "signed_out": [401, False],
    "afterwards": 401,
}
