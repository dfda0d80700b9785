"""`rename` makes the template a project of one's own: small, and nothing of the template's left."""

from __future__ import annotations

import compileall
import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.template import projects
from tests.template.projects import contents, git, run, task, text
from tests.template.support import tracked
from tests.template.test_names import LONG, NAMES
from tooling import project
from tooling.starter import bare, content, names, record

PACKAGE = project.PACKAGE
AUTHORS = ["Goku Mohandas", "madewithml"]
EXAMPLE = ["predict", "evaluate", "sklearn", "scikit", "typer", "matplotlib", "plot", "csv"]
# A file or folder of this repository that prose or code mentions.
FOLDERS = r"tooling|tests|benchmarks|docs|\.github|\.ci|\.vscode|\.devcontainer"
FILES = r"requirements-[a-z]+\.in|[A-Z]{4,}\.md|Dockerfile|\.editorconfig"
MENTION = re.compile(rf"(?<![\w/.-])((?:{FOLDERS})/[\w./*-]*\w|{FILES})\b")


def mentions(root: Path, words: list[str], but: tuple[str, ...] = ()) -> list[str]:
    """Return each file that holds one of the words as a word of its own, or is called so."""
    word = re.compile(rf"(?<![^\W_])({'|'.join(map(re.escape, words))})(?![^\W_])", re.IGNORECASE)
    texts = {name: content.decode("utf-8", "replace") for name, content in contents(root).items()}
    found = {name: word.search(f"{name}\n{text}") for name, text in texts.items()}
    return [f"{name}: {hit[0]}" for name, hit in found.items() if hit and not name.startswith(but)]


def tasks_of(root: Path) -> set[str]:
    return set(re.findall(r"^  ([a-z]+) ", task(root, "--list"), re.MULTILINE))


@pytest.mark.parametrize("options", [(), ("--bare",)])
def test_nothing_of_the_templates_is_left(options: tuple[str, ...]) -> None:
    root = projects.project(*options)
    assert mentions(root, [PACKAGE, *AUTHORS], (record.FILE,)) == []
    # What `update` takes from where is said in a project, too.
    at_the_top = (record.FILE, "tasks.py", "README.md")
    speaks_of_it = (*at_the_top, "tooling/update.py", "tooling/runner.py", "churn_lab/datasets")
    locks = ("requirements-dev.txt", "requirements-notebook.txt")  # uri-template
    words = ["the template's own", "template", "starter"]
    assert mentions(root, words, (*speaks_of_it, *locks)) == []
    assert mentions(root, ["fetch-depth", "benchmarks"], ("churn_lab/datasets",)) == []
    marks = re.compile(r"(template|example|project): (begin|end)|<!-- (template|example)")
    assert [name for name in contents(root) if marks.search(text(root, name))] == []
    assert not any(
        (root / gone).exists() for gone in (PACKAGE, "tooling/starter", "tests/template")
    )
    assert compileall.compile_dir(root, quiet=1)
    assert any((root / "tests" / "churn_lab").glob("test_*.py"))
    assert len(text(root, "tasks.py").splitlines()) <= 150


@pytest.mark.parametrize("options", [(), ("--bare",)])
def test_it_mentions_no_file_and_no_task_that_is_not_there(options: tuple[str, ...]) -> None:
    root = projects.project(*options)
    there = tasks_of(root)
    assert {"setup", "test", "update"} <= there
    assert not {"rename", "new"} & there
    for name in contents(root):
        if name.startswith(("requirements-", "churn_lab/datasets")):
            continue
        words = text(root, name)
        for path in MENTION.findall(words):
            pattern = re.sub(r"NAME|\*+", "*", path.rstrip("."))
            known = any(root.glob(pattern)) or any(root.glob(f"{pattern}.*"))
            assert known or "requirements-" in path, f"{name}: {path}"
        for command in re.findall(r"(?:python3? tasks\.py|`invoke) ([a-z]+)\b", words):
            assert command in there, f"{name}: {command}"


@pytest.mark.parametrize(("only_bare", "most"), [(False, 75), (True, 45)])
def test_the_files_of_a_project_are_few(only_bare: bool, most: int) -> None:
    name = names.spelled("churn-lab")
    kept = {content.moved(path, name) for path in tracked() if not content.is_gone(path, only_bare)}
    made = bare.files(projects.ROOT, name) if only_bare else {}
    assert len({record.FILE, *kept, *made}) <= most


def test_without_the_example_nothing_mentions_it() -> None:
    root = projects.project("--bare")
    tooling = ("tooling/", "tasks.py", record.FILE, "tests/environment/")
    others = ("tests/support.py", "requirements-dev.txt")
    assert mentions(root, EXAMPLE, (*tooling, *others)) == []
    assert text(root, "churn_lab/__init__.py") == '"""Churn Lab."""\n'
    assert len(text(root, "requirements.txt").splitlines()) == 1
    assert not list(root.glob("requirements-plot.*"))
    assert "==" not in text(root, "requirements-prod.txt")
    dev = text(root, "requirements-dev.txt")
    assert not re.search(r"^(typer|scikit-learn|joblib|threadpoolctl)==", dev, re.MULTILINE)
    assert re.search(r"^pytest==", dev, re.MULTILINE)
    assert "via -r requirements.txt" not in dev
    assert "#   -r requirements.txt" not in dev


@pytest.mark.parametrize("name", [*(name for name, reason in NAMES.items() if not reason)])
def test_every_accepted_name_compiles_and_stands_where_it_belongs(
    name: str, tmp_path: Path
) -> None:
    root = projects.copied(projects.unpacked(), tmp_path)
    task(root, "rename", name, *projects.OWN)
    new = names.spelled(name)
    assert compileall.compile_dir(root, quiet=1, legacy=False)
    setup = text(root, "setup.py")
    assert f'        name="{new.distribution}",\n' in setup
    assert f'"{new.distribution} = {new.package}.__main__:run"' in setup
    assert f'include=["{new.package}", "{new.package}.*"]' in setup
    assert text(root, "README.md").startswith(f"# {new.title}\n")
    assert f"\n    {new.distribution} predict " in text(root, "README.md")
    assert f"\n- `{new.package}/`: " in text(root, "README.md")
    if PACKAGE not in name:
        assert mentions(root, [PACKAGE], (record.FILE,)) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        *(
            ([n], r)
            for n, r in NAMES.items()
            if n in ("データ", "class", "con", "tooling", "x_", "uv")
        ),
        (["x", "--version=new"], "0.1"),
        (["x", "--python=>=3.6"], ">=3.7"),
        (["x", "--python=>=3.15"], ">=3.14"),
        (["x", "--python=3.9"], "lower bound"),
        (["x", "--license=nosuch.txt"], "MIT"),
        (["x", "--year=99"], "four digits"),
    ],
)
def test_what_will_not_do_is_refused_with_a_reason(words: list[str], said: str) -> None:
    before = contents(projects.unpacked())
    assert said in task(projects.unpacked(), "rename", *words, ok=False)
    assert contents(projects.unpacked()) == before


def test_what_is_said_of_a_project_stands_where_it_belongs(tmp_path: Path) -> None:
    root = projects.copied(projects.unpacked(), tmp_path)
    about = "Says \\ \"it\" & 'all' ü. " * 9
    task(root, "rename", "lab", *projects.OWN, f"--description={about}", "--version=1.0rc1")
    setup = text(root, "setup.py")
    assert '        author="Zoë Ünal",\n        author_email="zoe@example.invalid",\n' in setup
    assert 'version="1.0rc1"' in setup
    assert 'python_requires=">=3.11"' in setup
    assert text(root, "README.md").startswith(f"# Lab\n\n{about.strip()}\n\n## ")
    assert "Copyright (c) 2031 Zoë Ünal\n" in text(root, "LICENSE")
    assert text(root, "CHANGELOG.md").endswith("## [Unreleased]\n")
    run(sys.executable, "setup.py", "-q", "egg_info", cwd=root)
    assert f"Summary: {about.strip()}" in text(root, "lab.egg-info/PKG-INFO")


def test_a_higher_python_moves_the_tools_and_ci(tmp_path: Path) -> None:
    root = projects.copied(projects.unpacked(), tmp_path)
    assert "tasks.py freeze" in task(root, "rename", "lab", *projects.OWN, "--python=>=3.13")
    assert text(root, ".python-version") == "3.13\n"
    assert "OLDEST, NEWEST = (3, 13), (3, 14)" in text(root, "tooling/start.py")
    workflow = text(root, ".github/workflows/ci.yml")
    assert 'python: ["3.13", "3.14"]' in workflow
    assert "3.11" not in workflow
    assert 'python_version = "3.13"' in text(root, "pyproject.toml")


def test_licences(tmp_path: Path) -> None:
    own = tmp_path / "terms.txt"
    own.write_text("Mine.\n")
    for given, start in (
        (str(own), "Mine.\n"),
        ("Proprietary", "Copyright (c) 2031 Zoë Ünal\n\nAll"),
    ):
        root = projects.copied(projects.unpacked(), tmp_path / start[:4])
        task(root, "rename", "lab", *projects.OWN, f"--license={given}")
        assert text(root, "LICENSE").startswith(start)
        assert "text" not in json.loads(text(root, record.FILE))["rename"]


def test_the_workflow_of_a_project_is_two_cells_and_one_job_to_require() -> None:
    workflow = text(projects.project(), ".github/workflows/ci.yml")
    assert "\n        system: [ubuntu-latest]\n" in workflow
    assert '\n        python: ["3.11", "3.14"]\n' in workflow
    assert "\n        # All that the locks serve: [ubuntu-latest, macos-latest, win" in workflow
    assert "freeze --check" in workflow
    assert "needs: [test, locks]" in workflow
    assert "--all" not in workflow
    assert re.findall(r"uses: .*@(?![0-9a-f]{40} )", workflow) == []


def test_what_is_not_committed_stops_it_unless_forced(tmp_path: Path) -> None:
    root = projects.copied(projects.template(), tmp_path)
    (root / "new.txt").write_text("mine\n")
    (root / "tasks.py").chmod(0o755)
    before = contents(root)
    assert "Not committed: " in task(root, "rename", "lab", *projects.OWN, ok=False)
    assert contents(root) == before
    ignored = root / PACKAGE / "notes.env" / ".env"
    ignored.parent.mkdir()
    ignored.write_text("secret\n")
    task(root, "rename", "lab", *projects.OWN, "--force")
    assert text(root, "new.txt") == "mine\n"
    assert text(root, "lab/notes.env/.env") == "secret\n"
    assert os.access(root / "tasks.py", os.X_OK) or os.name == "nt"


def test_a_dry_run_shows_every_change_and_makes_none() -> None:
    before, after = contents(projects.unpacked()), contents(projects.project())
    shown = task(projects.unpacked(), "rename", "churn-lab", *projects.OWN, "--dry-run")
    assert contents(projects.unpacked()) == before
    for name in after:
        if before.get(name) != after[name] and "churn_lab/" not in name:
            assert re.search(rf"^{re.escape(name)} +changes$", shown, re.MULTILINE), name
    for name in set(before) - set(after):
        if f"{PACKAGE}/" not in name:
            assert re.search(rf"^{re.escape(name)} +is removed$", shown, re.MULTILINE), name
    assert re.search(rf"^{PACKAGE} +becomes churn_lab$", shown, re.MULTILINE)


def test_with_and_without_git_the_same_project_comes_out(tmp_path: Path) -> None:
    root = projects.copied(projects.unpacked(), tmp_path)
    task(root, "rename", "churn-lab", *projects.OWN)
    with_git, without = contents(projects.project()), contents(root)
    records = [json.loads(each.pop(record.FILE)) for each in (with_git, without)]
    assert with_git == without
    assert records[0]["contents"] == records[1]["contents"]
    assert (records[1]["source"], records[1]["commit"], records[1]["version"]) == ("", "", 2)
    assert records[0]["commit"] == git(projects.template(), "rev-parse", "HEAD")


def test_it_says_what_it_took_and_what_comes_next(tmp_path: Path) -> None:
    root = projects.copied(projects.template(), tmp_path)
    git(root, "config", "user.name", "Zoë")
    git(root, "config", "user.email", "zoe@example.invalid")
    git(root, "remote", "set-url", "origin", "https://me:secret@example.invalid/template.git")
    said = task(root, "rename", "lab", "--no-setup")
    for line in (
        "author is Zoë (git's user.name)",
        "email is zoe@example.invalid (git's user.email)",
        'git commit -m "Start lab"',
        "git remote set-url origin ADDRESS",
        "https://example.invalid/template.git",
    ):
        assert line in said
    assert "secret" not in said + text(root, record.FILE)


def test_in_a_bigger_repository_it_is_refused_in_a_sentence(tmp_path: Path) -> None:
    root = projects.copied(projects.unpacked(), tmp_path)
    git(tmp_path, "init", "-q")
    said = task(root, "rename", "lab", ok=False)
    assert "bigger git repository" in said
    assert (root / PACKAGE).is_dir()


@pytest.mark.parametrize("options", [("--no-setup",), ("--bare",)])
def test_set_up_for_real_everything_passes(tmp_path: Path, options: tuple[str, ...]) -> None:
    root = projects.copied(projects.template(), tmp_path)
    about = "--description=" + "Long words. " * 12
    said = task(root, "rename", LONG, *projects.OWN[:-1], *options, about)
    assert "git add -A" in said
    if "--bare" in options:
        assert re.search(r"\d+ passed", said)
    else:  # the example's tests under another name are run by test_blocks.py
        task(root, "lint", "--fix")
        task(root, "setup")  # which installs setup.py as it is now
    projects.commit(root)
    task(root, "lint")
    if "--bare" in options:  # else test_blocks.py builds, and the locks are the template's
        task(root, "build")
        task(root, "freeze", "--check")
    assert "nothing to do" in task(root, "setup")
    assert git(root, "status", "--porcelain") == ""
    shutil.rmtree(root / "venv")
