"""Explanations of JSON errors that say what to change. They are the same in every version of Python."""

import re
from json import JSONDecodeError

from django.utils.translation import gettext as _

# Characters beside the error that are searched: enough for each pattern below, few of a text of a megabyte.
_CUT = 100
_COMMA_BEFORE_END = re.compile(r",[ \t\n\r]*([}\]])")
_UNQUOTED_NAME = re.compile(r"[{,][ \t\n\r]*[^\W\d]\w{0,50}[ \t\n\r]*:")
_OTHER_LITERAL = re.compile(r"(?:None|True|False|undefined|nil)\b")


def explain(error: JSONDecodeError) -> str:
    """Say how to correct the text at the place of the error."""
    rest = error.doc[error.pos : error.pos + _CUT]
    if error.msg.startswith("Invalid control"):
        return _("Line breaks and other control characters in strings are escaped, such as `\\n`")
    if error.msg.startswith("Invalid \\"):
        return _("A backslash in a string is written twice, or begins an escape such as `\\n` or `\\u00e9`")
    if error.msg.startswith("Unterminated string"):
        return _("The string that begins here has no closing quote")
    if not rest.strip():
        return _("The text ends too early. Close each string, array and object")
    return _explain_character(error, rest)


def _explain_character(error: JSONDecodeError, rest: str) -> str:
    # Depending on its version, Python reports a comma before a closing bracket at the comma or at the bracket.
    before = error.doc[max(0, error.pos - _CUT) : error.pos].rstrip(" \t\n\r")
    if match := _COMMA_BEFORE_END.match(before[-1:] + rest) or _COMMA_BEFORE_END.match(rest):
        return _("Remove the comma before `%(bracket)s`") % {"bracket": match[1]}
    if rest[0] in "'‘’“”":
        return _("JSON uses straight double quotes")
    if rest.startswith(("//", "/*", "#")):
        return _("JSON has no comments")
    if rest[0] == "\ufeff":
        return _("Remove the byte order mark")
    if "\0" in rest or "\ud800" <= rest[0] <= "\udfff":
        return _("Encode the body as UTF-8")
    if error.msg.startswith("Extra data"):
        return _("Nothing may follow the value")
    if _OTHER_LITERAL.match(rest):
        return _("JSON spells these values true, false and null")
    if _UNQUOTED_NAME.match(before[-1:] + rest):
        return _("Put the name in double quotes")
    if rest[0].isalpha():
        return _("Put text in double quotes")
    return _explain_expected(error.msg)


def _explain_expected(message: str) -> str:
    if "property name" in message:
        return _("A name in double quotes is expected")
    if "':'" in message:
        return _("A colon is expected")
    if "','" in message:
        return _("A comma or a closing bracket is expected")
    return _("A value is expected")
