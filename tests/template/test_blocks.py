"""What README.md and CONTRIBUTING.md show to type works, in order, and prints what they show."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from shlex import quote

import pytest

from tests.support import AWKWARD, BASE_PYTHON, ROOT, environment, run
from tests.template import projects
from tests.template.support import WINDOWS, script
from tooling import project

MARK = "\x1e"  # ASCII's record separator
# What stands for the reader's own work, which README.md tells to do in an editor.
EDITOR = '''
import sys
from pathlib import Path
for path in map(Path, sys.argv[1:]):
    if path.name == "setup.py":
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = "".join(line for line in lines if "entry_points=" not in line)
        path.write_text(kept.replace(', "datasets/*.csv"', ""), encoding="utf-8")
    elif path.name == "__init__.py":
        path.write_text('"""Who leaves, and why."""\\n')
    else:
        test = "def test_it_has_a_docstring() -> None:\\n    assert churn_lab.__doc__\\n"
        path.write_text(f"import churn_lab\\n\\n\\n{test}")
'''


def shown(page: str) -> list[tuple[str, str]]:
    """Return each command in a page's blocks, with the output that is shown below it, or ""."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```(.*)\n((?:.*\n)*?)```$", text, re.MULTILINE)
    assert {kind for kind, _ in blocks} == {"console"}
    assert not re.search(r"\n\n {4}", text), "a block that isn't fenced"
    parts = [part for _, block in blocks for part in re.split(r"^\$ ", block, flags=re.M)[1:]]
    return [(part.partition("\n")[0], part.partition("\n")[2]) for part in parts]


def without_figures(output: str) -> str:
    """Return an output without what differs between runs: versions, seconds and paths."""
    return re.sub(r"\d+\.\d+\.\d+|\d+(?= s\b)|(?<=\()/[^)]*", "…", output)


@pytest.mark.skipif(WINDOWS, reason="the commands are a Unix shell's")
@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_what_a_page_shows_to_type_works_and_prints_what_it_shows(
    page: str, tmp_path: Path
) -> None:
    bash = shutil.which("bash") or pytest.skip("there is no bash, which has `source`")
    folder, own, edit = tmp_path / AWKWARD, tmp_path / "own.git", tmp_path / "edit.py"
    python = script(folder / "bin" / "python3", f'exec "{BASE_PYTHON}" "$@"')
    projects.run("git", "init", "-q", "--bare", own, cwd=tmp_path)
    edit.write_text(EDITOR)
    # The template's address, and that of the reader's own repository.
    addresses = {"clone": projects.template(), "origin": own}
    lines = ["exec 2>&1"]
    for command, _ in shown(page):
        for before, path in addresses.items():
            command = command.replace(f"{before} ADDRESS", f"{before} {quote(str(path))}")
        lines += [command, f"[ $? = 0 ] || exit 1; printf '{MARK}'"]
    env = {
        "PATH": os.pathsep.join([str(python.parent), environment()["PATH"]]),
        "EDITOR": f"{BASE_PYTHON} {edit}",
        # A reader's first time: the locked uv isn't there yet; what it downloads is, for speed.
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "UV_CACHE_DIR": run(project.program("uv"), "cache", "dir").stdout.strip(),
        # These set up for real, as they do beside this test, and for a project in test_rename.py.
        "PYTEST_ADDOPTS": "--ignore=tests/environment",
    }
    done = projects.run(bash, "-c", "\n".join(lines), cwd=folder, ok=False, **env)
    assert done.returncode == 0, done.stdout
    for (command, expected), output in zip(shown(page), done.stdout.split(MARK), strict=False):
        if expected:
            assert without_figures(output) == without_figures(expected), command
