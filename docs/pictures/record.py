"""Draw what the tasks print in a fresh clone: docs/pictures/NAME-light.svg and NAME-dark.svg.

Run it as: venv/bin/python docs/pictures/record.py; names of some, or none for all. It draws with
rich, which the tools bring along.
Each is a real run of what is committed; nothing in it is edited but the paths of this machine.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich import terminal_theme as themes
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

FOLDER = Path(__file__).resolve().parent
RUNS = ("setup", "test", "targets")
THEMES = {"light": themes.DEFAULT_TERMINAL_THEME, "dark": themes.SVG_EXPORT_THEME}
WIDTH = 100
# Less the fonts from elsewhere.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def run(clone: Path, task: str) -> Text:
    """Return what a shell shows when the task is run in the clone. End the program if it fails."""
    command = f"python3 tasks.py {task}"
    own = ("VIRTUAL_ENV", "PYTHON", "NO_COLOR")
    env = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    env.update(FORCE_COLOR="1", COLUMNS=str(WIDTH))
    both = f"{command} 2>&1"  # in the order in which a terminal shows them
    done = subprocess.run(both, cwd=clone, env=env, stdout=subprocess.PIPE, shell=True)  # noqa: S602
    output = done.stdout.decode().replace(str(clone), "~/tagifai")
    if done.returncode:
        sys.exit(f"{command} failed:\n{output}")
    return Text.from_ansi(f"\x1b[1m$ {command}\x1b[0m\n{output.replace(str(Path.home()), '~')}")


def draw(name: str, shown: Text) -> None:
    """Write a run as SVG, once a theme."""
    for kind, theme in THEMES.items():
        console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
        console.print(shown)
        picture = console.export_svg(title="", theme=theme, code_format=FORMAT, unique_id=name)
        lines = [line.rstrip() for line in picture.splitlines()]
        (FOLDER / f"{name}-{kind}.svg").write_text("\n".join(lines) + "\n", encoding="utf-8")


with tempfile.TemporaryDirectory() as scratch:
    copy = Path(scratch) / "tagifai"
    subprocess.run(["git", "clone", "-q", FOLDER.parent.parent, copy], check=True)
    first = run(copy, "setup")  # what the others need
    for name in sys.argv[1:] or RUNS:
        draw(name, first if name == "setup" else run(copy, name))
