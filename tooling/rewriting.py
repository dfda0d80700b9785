"""Replaces a project's name in the text of a file, in every spelling, by where it stands. Standard library only.

A name of one word is spelled the same as a distribution and as a package; what stands around it tells which is meant.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from typing import NamedTuple

from tooling.naming import Name

# Before a package: an import, `python -m`, a folder; around it: quotes or braces of its own.
_PACKAGE_BEFORE = re.compile(r"(?:\b(?:import|from)\s(?:[\w.]+,\s)*|-m[\s\"',]+|[/\\{]|\w_)$")
# After it: a module, a file of a distribution (whose names have no hyphens), a folder.
_PACKAGE_AFTER = re.compile(r"\.(?:\w|\*)|[/\\}]|_\w|-\d[\w.+!]*(?:\.dist-info|\.tar|-py)")
_NAME_FIELD = re.compile(r"\bname\s*=\s*[\"']$")
_URL = re.compile(r"[a-z+]+://[^\s\"'`)>]*")


class Names(NamedTuple):
    """What is replaced by what, and what helps to tell the present name from an ordinary word."""

    old: Name
    new: Name
    ordinary: bool = False  # whether the present name is a word that these files use in other senses, too
    entries: tuple[str, ...] = ()  # the package's modules and folders


class _Found(NamedTuple):
    start: int
    end: int
    text: str


def replaced(path: str, text: str, names: Names) -> tuple[str, int]:
    """Give the text of the file `path` with the name replaced, and how many times a word was left alone.

    Only whole words are replaced. Where the name is an ordinary word, only what can mean nothing else is.
    """
    found = [*_found(path, text, names)]
    parts, end = [], 0
    for each in sorted(found):
        parts += [text[end : each.start], each.text]
        end = each.end
    left = len(_words(names.old.package).findall(text)) - len(found) if names.ordinary else 0
    return "".join([*parts, text[end:]]), max(left, 0)


def renamed_path(path: str, names: Names) -> str:
    """Give the path that a file has under the new name."""
    parts = path.split("/")
    for place, part in enumerate(parts):
        if part == names.old.package and (place == 0 or parts[:place] == ["tests"]):
            parts[place] = names.new.package
        elif not names.ordinary:
            parts[place] = _words(names.old.package).sub(names.new.package, part)
            if names.old.distribution != names.old.package:
                parts[place] = _words(names.old.distribution).sub(names.new.distribution, parts[place])
    return "/".join(parts)


def is_ordinary(path: str, text: str, name: Name) -> bool:
    """Tell whether a file uses a name of one word for something else than the package."""
    if name.package != name.distribution or name.package not in text:
        return False
    if path.startswith("tooling/") or path == "tasks.py":
        return len(_words(name.package).findall(text)) > text.count(f'PACKAGE = "{name.package}"')
    if not path.endswith(".py"):
        return False
    return any(found.whole and not found.is_package for found in _identifiers(text, name.package))


def _found(path: str, text: str, names: Names) -> Iterator[_Found]:
    old, new = names.old, names.new
    code = list(_identifiers(text, old.package)) if path.endswith(".py") else []
    inside = {each.start for each in code}
    for each in code:
        if each.is_package or not names.ordinary:
            yield _Found(each.start, each.end, new.package)
    if names.ordinary:
        if path == "README.md" and text.startswith(f"# {old.title}\n"):
            yield _Found(2, 2 + len(old.title), new.title)
        for found in _words(old.package).finditer(text):
            if found.start() not in inside:
                yield from _certain(path, text, found, names)
        return
    urls = [found.span() for found in _URL.finditer(text)] if old.package == old.distribution else []
    for found in _words(old.package).finditer(text):
        if found.start() not in inside and not any(start <= found.start() < end for start, end in urls):
            package = old.package != old.distribution or _means_package(text, *found.span())
            yield _Found(*found.span(), new.package if package else new.distribution)
    others = [(old.upper, new.upper), (old.title, new.title)]
    if old.distribution != old.package:
        others.append((old.distribution, new.distribution))
    for word, instead in dict(others).items():
        yield from (_Found(*found.span(), instead) for found in _words(word).finditer(text))


def _means_package(text: str, start: int, end: int) -> bool:
    before, after = text[max(start - 60, 0) : start], text[end : end + 30]
    if _NAME_FIELD.search(before):
        return False
    quoted = before[-1:] in ("'", '"') and after[:1] == before[-1:]
    return quoted or bool(_PACKAGE_BEFORE.search(before) or _PACKAGE_AFTER.match(after))


def _certain(path: str, text: str, found: re.Match[str], names: Names) -> Iterator[_Found]:
    """Find what can only mean the project, in the way of the file it stands in."""
    start, end = found.span()
    line_start = text.rfind("\n", 0, start) + 1
    before, after = text[line_start:start], text[end:].split("\n", 1)[0]
    field = path == "setup.py" and "setup(" in text[:start]
    quoted = before[-1:] in ("'", '"')
    entries = "|".join(map(re.escape, names.entries))
    package = (
        (re.match(rf"\.(?:{entries}|__version__|egg-info)\b", after) and not re.search(r"[\w./-]$", before))
        or (re.match(rf"/(?:(?:{entries})\b|[\s`\"']|$)", after) and not re.search(r"(?<!tests/)[\w./-]$|\w/$", before))
        or (before.endswith("tests/") and not re.match(r"[\w.-]", after))
        or re.search(r"-m(?: |[\"'], [\"'])$", before)
        or (field and quoted and re.match(r"[\"']|\.\*", after) and not _NAME_FIELD.search(before))
        or (path.endswith(".toml") and quoted and after[:1] == before[-1:])
        or (path == "MANIFEST.in" and re.match(r"\w", before))
        or (path == "tooling/project.py" and before == 'PACKAGE = "')
    )
    if package:
        yield _Found(start, end, names.new.package)
        return
    shown = path.endswith(".md") and (
        re.search(r"`$", before)
        or (re.search(r"(?:^    (?:\$ )?|\| )$", before) and re.match(r" |$", after))
        or (before == "# " and not after.strip())
    )
    if (shown and re.match(r"[` ]|$", after)) or (field and quoted and re.match(r"[\"']| = ", after)):
        yield _Found(start, end, names.new.distribution)


def _words(word: str) -> re.Pattern[str]:
    """Match a spelling as a whole word: an underscore or a hyphen ends one, a letter or digit doesn't."""
    return re.compile(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])")


class _Identifier(NamedTuple):
    start: int
    end: int
    whole: bool  # not a part of a longer one
    is_package: bool


def _identifiers(text: str, package: str) -> Iterator[_Identifier]:
    """Find the identifiers of Python code that are, or hold, the package's name.

    One is the package itself in an import, and anywhere in a file that imports the package by its plain name.
    """
    starts = [0]
    for line in io.StringIO(text, newline=""):
        starts.append(starts[-1] + len(line))
    try:
        tokens = [
            token
            for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline)
            if token.type not in (tokenize.NL, tokenize.COMMENT)
        ]
    except (tokenize.TokenError, SyntaxError):
        return
    words = _words(package)
    places = [place for place, token in enumerate(tokens) if token.type == tokenize.NAME and words.search(token.string)]
    imports = {place for place in places if tokens[place].string == package and _is_import(tokens, place)}
    plain = any(_statement(tokens, place) == "import" and tokens[place + 1].string != "as" for place in imports)
    for place in places:
        token = tokens[place]
        attribute = place > 0 and tokens[place - 1].string == "."
        argument = tokens[place + 1].string == "=" and place > 0 and tokens[place - 1].string in ("(", ",")
        whole = token.string == package
        is_package = whole and (place in imports or (plain and not attribute and not argument))
        offset = starts[token.start[0] - 1] + token.start[1]
        for found in words.finditer(token.string):
            yield _Identifier(offset + found.start(), offset + found.end(), whole, is_package)


def _is_import(tokens: list[tokenize.TokenInfo], place: int) -> bool:
    """Tell whether a token is the first part of a module in an import statement."""
    before = tokens[place - 1].string if place else ""
    return before in ("import", "from", ",") and _statement(tokens, place) == ("from" if before == "from" else "import")


def _statement(tokens: list[tokenize.TokenInfo], place: int) -> str:
    """Give the first word of the statement that a token is in."""
    first = place
    while first and tokens[first - 1].type not in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
        if tokens[first - 1].string in (";", ":") and tokens[first - 1].type == tokenize.OP:
            break
        first -= 1
    return tokens[first].string
