"""What stands in for the worked example: a package with nothing in it, and nothing required."""

import re
from pathlib import Path

from tooling.starter.names import Name

_TEST = '''\
"""The package can be imported."""

import {package}


def test_it_is_the_package() -> None:
    assert {package}.__doc__ == "{title}."
'''


def files(root: Path, name: Name) -> dict[str, bytes]:
    """Return the files that stand in for the example's, by path; `root` is the template's."""
    texts = {
        f"{name.package}/__init__.py": f'"""{name.title}."""\n',
        f"tests/{name.package}/test_import.py": _TEST.format(**name._asdict()),
    }
    for lock in ("requirements-prod.txt", "requirements-dev.txt"):
        texts[lock] = pruned((root / lock).read_text(encoding="utf-8"))
    return {path: text.encode() for path, text in texts.items()}


def pruned(lock: str) -> str:
    """Return a lock's text without what production alone asks for.

    That is what the notes on each pin say, `# via`.
    """
    head, *entries = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)
    note = re.compile(r"^ +# +(?:via )?((?!via$).+)$", re.MULTILINE)
    needed = {entry: set(note.findall(entry)) for entry in entries}
    gone = {"-r requirements.txt"}
    while gone:  # then what only those needed
        needed = {entry: via - gone for entry, via in needed.items()}
        gone = {re.split(r"[=\[ ]", entry)[0] for entry, via in needed.items() if not via}
        needed = {entry: via for entry, via in needed.items() if via}
    return head + "".join(_noted(entry, sorted(via)) for entry, via in needed.items())


def _noted(entry: str, via: list[str]) -> str:
    """Return an entry of a lock with `via` as what it is there for."""
    lines = f" {via[0]}" if len(via) == 1 else "".join(f"\n    #   {each}" for each in via)
    old = re.compile(r"^    # via.*(?:\n    #   .*)*", re.MULTILINE)
    return old.sub(lambda _: f"    # via{lines}", entry)
