"""What each of the template's files is in a project: cut where it is marked, with its name.

Marks are comments, `template: begin` … `template: end`, around what only the template has; or
example: what `--bare` leaves out; or project: what only a project has, commented out here.
"""

import re
from collections.abc import Mapping
from typing import Any

from tooling import project
from tooling.starter import values
from tooling.starter.names import Name

OLD = project.PACKAGE
LAST = "tasks.py"  # what finishes a rename that was killed: written when all else is done
README = "tooling/starter/project-readme.md"  # what becomes a project's README.md
_GONE = """
    tooling/starter/ tests/template/ benchmarks/ docs/ .ci/ receipt.json
    CONTRIBUTING.md SECURITY.md CITATION.cff
    .github/ISSUE_TEMPLATE/ .github/pull_request_template.md .github/workflows/faults.yml
""".split()
_EXAMPLE = f"""
    {OLD}/ tests/{OLD}/ notebooks/ requirements-plot. requirements-notebook.
    Dockerfile .dockerignore .devcontainer/ .vscode/ .editorconfig CHANGELOG.md
    .github/dependabot.yml .github/workflows/dependencies.yml .github/workflows/release.yml
""".split()  # with the example goes what a first commit can do without
_PROSE = (".md", ".txt", "Dockerfile")
_MARK = re.compile(r"\s*(?:#|<!--) (template|example|project): (begin|end)(?: -->)?\n?")
# The name as a whole word: an underscore or a hyphen ends one, a letter or digit doesn't.
_WORD = rf"(?<![A-Za-z0-9]){OLD}(?![A-Za-z0-9])"
# In prose: an import, the name, and what makes it a path.
_IN_PROSE = re.compile(rf"((?:\b(?:from|import) |-m |/)?){_WORD}((?:[/._](?=\w)|/)?)")
_ON_PYTHON = (".python-version", ".github/workflows/", README, "pyproject.toml", "tooling/start.py")
_PROPRIETARY = """\


All rights reserved. No part of this software may be used, copied or changed without permission of
the copyright holder.
"""


def is_gone(path: str, bare: bool) -> bool:
    """Return whether a project does without a file of the template."""
    return path != README and path.startswith((*_GONE, *(_EXAMPLE if bare else ())))


def moved(path: str, name: Name) -> str:
    """Return the path that a file has under the project's name."""
    if path == README:
        return "README.md"
    return re.sub(rf"^((?:tests/)?|notebooks/){OLD}(?=[/.])", rf"\g<1>{name.package}", path)


def changed(path: str, text: str, name: Name, given: Mapping[str, Any]) -> str:
    """Return the text of the template's file `path` as the project has it."""
    if path == "LICENSE":
        return _license(text, name, given)
    gone = ("template", "example") if given["bare"] else ("template",)
    text = named(path, cut(text, gone), name)
    if path == "setup.py":
        text = values.written(text, {**given, "name": name.distribution})
    if path == README:
        about = f"\n{given['description']}\n" if given["description"] else ""
        text = f"# {name.title}\n{about}" + text.partition("\n")[2]
    lowest = values.lowest_python(given["python"])
    moves = path.startswith(_ON_PYTHON) and lowest > project.OLDEST[1]
    return _on_python(text, lowest) if moves else text


def cut(text: str, gone: tuple[str, ...]) -> str:
    """Return a text without its marks, and without the blocks of the kinds in `gone`."""
    kept, block = list[str](), ""
    for line in text.splitlines(keepends=True):
        mark = _MARK.fullmatch(line)
        if mark:
            block = mark[1] if mark[2] == "begin" else ""
        elif block == "project":
            kept.append(re.sub("# ?", "", line, count=1))
        elif block not in gone:
            kept.append(line)
    new = "".join(kept)
    return new if new == text else new.rstrip("\n") + "\n"


def named(path: str, text: str, name: Name) -> str:
    """Return a text with the project's name: the package's in code, the distribution's in prose."""
    if path.endswith(_PROSE):
        return _IN_PROSE.sub(lambda match: _in_prose(match, name), text)
    # The command is called as the distribution: "NAME = PACKAGE.module:function", "NAME evaluate".
    command = {"setup.py": " = ", "pyproject.toml": " evaluate"}.get(path, "\0")
    return re.sub(
        _WORD,
        lambda match: name.distribution if text.startswith(command, match.end()) else name.package,
        text,
    )


def _in_prose(match: re.Match[str], name: Name) -> str:
    code, below = match.groups()
    return f"{code}{name.package if code or below else name.distribution}{below}"


def _license(text: str, name: Name, given: Mapping[str, Any]) -> str:
    holder = given["author"] or f"the {name.distribution} authors"
    line = f"Copyright (c) {given['year']} {holder}"
    if given["license"] != "MIT":
        return str(given.get("text") or line + _PROPRIETARY)
    return re.sub(r"^Copyright \(c\) .*$", lambda _: line, text, count=1, flags=re.MULTILINE)


def _on_python(text: str, minor: int) -> str:
    """Return a file's text with 3.`minor` as the lowest Python of the tools and of CI."""
    oldest = project.OLDEST[1]
    return re.sub(rf"(?<![\d.])3(\.|, ){oldest}(?![\d.]*\d)", rf"3\g<1>{minor}", text)
