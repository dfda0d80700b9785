"""Takes the template's changes: fetches the template, and has its updater work on this project."""

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Sequence

from tooling import files, processes, project


def update(source: str, to: str, dry_run: bool, name: str, values: Sequence[str]) -> None:
    """Merge the template's changes into this project; or give it a `name` or values (KEY=VALUE)."""
    for each in values:
        if "=" not in each:
            project.fail(f"--set takes KEY=VALUE, not “{each}”.", then="update --help")
    own = {"name": name or None, **dict(each.split("=", 1) for each in values)}
    record = project.ROOT / ".template.json"
    if not record.exists():
        known = "If this is no template itself: git checkout HEAD .template.json"
        project.fail(f"There is no .template.json, which says what to update from. {known}")
    try:
        address = source or str(json.loads(files.read(record))["source"])
    except (ValueError, LookupError, TypeError):
        files.fail(record.name, "is damaged")
    if not shutil.which("git"):
        project.fail("This needs git, and there is none on the PATH. Install it first.")
    address = str(Path(address).resolve()) if Path(address).exists() else address
    options = json.dumps({"source": address, "to": to, "dry_run": dry_run, "own": own})
    with tempfile.TemporaryDirectory(prefix="template-") as folder:
        checkout = Path(folder).resolve() / "template"
        done = processes.run(["git", "clone", "-q", "--", address, checkout], shown=True)
        updater = checkout / "tooling" / "starter"
        if done.code or not updater.is_dir():
            project.fail(f"No template at {address}. Elsewhere?", then="update --source ADDRESS")
        command = [sys.executable, updater, project.ROOT, options]
        raise SystemExit(processes.run(command, cwd=Path.cwd(), shown=True).code)
