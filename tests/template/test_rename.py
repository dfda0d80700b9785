"""`rename` makes the template a project of somebody's own: nothing of the template's is left, nothing else changes."""

from __future__ import annotations

import compileall
import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support import PACKAGE, ROOT, WINDOWS, Clone, copy_tree, run
from tests.template.test_naming import ACCEPTED, NAMES
from tooling import metadata, naming, record

needs_git = pytest.mark.skipif(not shutil.which("git"), reason="git is not on the PATH")
EVERY_NAME = bool(os.environ.get("EVERY_NAME"))  # see CONTRIBUTING.md
OURS = metadata.read((ROOT / "setup.py").read_text(encoding="utf-8"))
# Nothing of these is left: the template's name, its author's, an address of its.
LEFTOVERS = [
    PACKAGE,
    OURS["author"],
    OURS["author_email"],
    "madewithml",
    "the template",
    "tests/template/",
]
ME = ["--author=Zoë Ünal", "--email=zoe@example.invalid", "--url=https://example.invalid/lab", "--year=2031"]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this working tree, for copying."""
    return copy_tree(tmp_path_factory.mktemp("pristine"))


@pytest.fixture
def project(pristine: Path, tmp_path: Path) -> Clone:
    """A fresh copy without git, nothing set up."""
    return Clone(shutil.copytree(pristine, tmp_path / "it's a déjà vu" / "unpacked", symlinks=True))


def rename(clone: Clone, *arguments: str, ok: bool = True) -> str:
    done = clone.task("rename", *arguments, "--no-setup", ok=ok)
    assert ok or done.returncode
    assert "Traceback" not in done.stderr
    return done.stdout if ok else done.stderr


def contents(root: Path) -> dict[str, bytes]:
    """Give every file but git's and Python's own; an empty folder isn't told from none, as in git."""
    files = (path for path in root.rglob("*") if path.is_file() or path.is_symlink())
    return {
        path.relative_to(root).as_posix(): os.fsencode(os.readlink(path)) if path.is_symlink() else path.read_bytes()
        for path in files
        if not {".git", "__pycache__", "build"} & set(path.relative_to(root).parts)
    }


def leftovers(root: Path, words: list[str]) -> list[str]:
    """Name each file but the record that holds one of the words, as a word of its own, or is called so."""
    word = re.compile(rf"(?<![^\W_])({'|'.join(map(re.escape, filter(None, words)))})(?![^\W_])", re.IGNORECASE)
    texts = {name: content.decode("utf-8", "replace") for name, content in contents(root).items()}
    del texts[record.FILE]
    # What `update` takes from where is said in a renamed project, too: in its section and row, and in its help.
    update = r"^## Keep up with the template\n.*?(?=^## )|^\| `update` \|.*?\n"
    texts["README.md"] = re.sub(update, "", texts["README.md"], flags=re.MULTILINE | re.DOTALL)
    texts["tasks.py"] = re.sub(r"\bthe template's (?=address or path|changes since)", "", texts["tasks.py"])
    tooling = [text for text in texts if text.startswith("tooling/")]
    for name in tooling:  # which says what it does to a template, here as there
        texts[name] = re.sub(r"the template|tests/template/", "", texts[name], flags=re.IGNORECASE)
    found = {name: word.search(f"{name}\n{text}") for name, text in texts.items()}
    return [f"{name}: {match[0]}" for name, match in found.items() if match]


def imports_only_what_is_there(root: Path) -> bool:
    return bool(compileall.compile_dir(root, quiet=1, legacy=False))


# Without the example, two names are enough.
@pytest.mark.parametrize(("name", "bare"), [*((name, False) for name in ACCEPTED), ("a", True), ("churn-lab", True)])
def test_every_accepted_name_leaves_nothing_of_the_templates_and_compiles(
    project: Clone, name: str, bare: bool
) -> None:
    rename(project, name, *ME, *(["--bare"] if bare else []))
    words = LEFTOVERS if PACKAGE not in name else LEFTOVERS[1:]
    assert leftovers(project.root, words) == []
    assert imports_only_what_is_there(project.root)
    package = naming.spelled(name).package
    assert (project.root / package / "__init__.py").is_file()
    assert not any((project.root / gone).exists() for gone in (PACKAGE, "tests/template", "benchmarks"))
    assert any((project.root / "tests" / package).glob("test_*.py"))


@pytest.mark.parametrize("name", [name for name, reason in NAMES.items() if reason and not name.startswith("-")])
def test_a_refused_name_changes_nothing_and_says_why(pristine: Path, name: str) -> None:
    before = contents(pristine)
    said = rename(Clone(pristine), name, ok=False)
    assert NAMES[name] in said
    assert f"“{name}”" in said
    assert contents(pristine) == before


def test_what_is_said_of_a_project_stands_where_it_belongs(project: Clone) -> None:
    rename(project, "churn-lab", *ME, "--description=Predicts churn.", "--version=1.0rc1", "--python=>=3.9")
    said = metadata.read((project.root / "setup.py").read_text(encoding="utf-8"))
    assert {**said, **dict(zip(("name", "version", "author"), ("churn-lab", "1.0rc1", "Zoë Ünal")))} == said
    assert (said["python_requires"], said["url"]) == (">=3.9", "https://example.invalid/lab")
    assert (project.root / "README.md").read_text(encoding="utf-8").startswith("# Churn Lab\n\nPredicts churn.\n\n## ")
    assert "supports Python 3.9 and later" in (project.root / "README.md").read_text(encoding="utf-8")
    assert "Copyright (c) 2031 Zoë Ünal\n" in (project.root / "LICENSE").read_text(encoding="utf-8")
    assert (project.root / "CHANGELOG.md").read_text(encoding="utf-8").endswith("## [Unreleased]\n")
    text = (project.root / "setup.py").read_text(encoding="utf-8")
    assert '{"console_scripts": ["churn-lab = churn_lab.__main__:run"]}' in text
    assert 'include=["churn_lab", "churn_lab.*"]' in text
    readme = (project.root / "README.md").read_text(encoding="utf-8")
    assert "    churn-lab predict " in readme
    assert "from churn_lab.data import" in readme


def test_words_that_only_hold_the_name_stay_and_every_spelling_changes(project: Clone) -> None:
    upper, title = PACKAGE.upper(), PACKAGE.title()
    text = f"{PACKAGE}ly x{PACKAGE} {PACKAGE}9 {upper}_HOME {title}, {PACKAGE}_x my-{PACKAGE} {PACKAGE}.data\r\n"
    project.write("notes.txt", "")
    (project.root / "notes.txt").write_bytes(b"\xef\xbb\xbf" + text.encode())
    (project.root / "picture.bin").write_bytes(f"\0{PACKAGE}".encode())
    rename(project, "churn-lab")
    wanted = f"{PACKAGE}ly x{PACKAGE} {PACKAGE}9 CHURN_LAB_HOME Churn Lab, churn_lab_x my-churn-lab churn_lab.data\r\n"
    assert (project.root / "notes.txt").read_bytes() == b"\xef\xbb\xbf" + wanted.encode()
    assert (project.root / "picture.bin").read_bytes() == f"\0{PACKAGE}".encode()


def test_locks_modes_links_and_a_users_own_files_are_kept(project: Clone) -> None:
    before = contents(project.root)
    project.write(f"{PACKAGE}/notes/draft.env", "mine")
    project.write(".gitignore", (project.root / ".gitignore").read_text(encoding="utf-8") + "*.env\n")
    if not WINDOWS:
        (project.root / "link").symlink_to(f"{PACKAGE}/data.py")
    rename(project, "churn-lab")
    after = contents(project.root)
    assert [after[name] == before[name] for name in before if re.match(r"requirements-.*\.txt", name)] == [True] * 3
    assert after["churn_lab/notes/draft.env"] == b"mine"
    if not WINDOWS:
        assert os.access(project.root / ".ci/run", os.X_OK)
        assert (project.root / "link").read_bytes() == (project.root / "churn_lab/data.py").read_bytes()


@needs_git
def test_what_is_not_committed_stops_it_unless_forced(clone: Clone) -> None:
    clone.write("new.txt", "mine\n")
    before = contents(clone.root)
    assert "new.txt" in rename(clone, "churn-lab", ok=False)
    assert contents(clone.root) == before
    rename(clone, "churn-lab", "--force")
    assert (clone.root / "new.txt").read_text() == "mine\n"


def test_a_dry_run_shows_every_change_and_makes_none(project: Clone) -> None:
    before = contents(project.root)
    shown = project.task("rename", "churn-lab", "--dry-run").stdout
    assert contents(project.root) == before
    rename(project, "churn-lab")
    after = contents(project.root)
    for name in after:
        if before.get(name) != after[name] and not name.startswith(("churn_lab/", "tests/churn_lab/")):
            assert re.search(rf"^{re.escape(name)} +changes$", shown, re.MULTILINE), name
    for name in set(before) - set(after):
        if not name.startswith((f"{PACKAGE}/", f"tests/{PACKAGE}/")):
            assert re.search(rf"^{re.escape(name)} +is removed$", shown, re.MULTILINE), name
    assert re.search(rf"^{PACKAGE} +becomes churn_lab$", shown, re.MULTILINE)


@needs_git
def test_the_record_tells_where_it_came_from(clone: Clone) -> None:
    clone.git("remote", "add", "origin", "https://me:secret@example.invalid/template.git")
    head = clone.git("rev-parse", "HEAD").stdout.strip()
    listed = clone.git("-c", "core.quotePath=off", "ls-tree", "-r", "HEAD").stdout.splitlines()
    rows = [f"{line.split()[2]} {line.split(chr(9))[1]}" for line in listed]
    rename(clone, "churn-lab", "--bare", *ME)
    found = record.read(clone.root)
    assert found
    assert found[:3] == ("https://example.invalid/template.git", head, record.contents(rows))
    given = {"name": "churn-lab", "author": "Zoë Ünal", "url": "https://example.invalid/lab", "year": "2031"}
    assert {**found.rename, **given, "bare": True, "license": "MIT", "description": ""} == found.rename


@needs_git
def test_with_and_without_git_the_same_project_comes_out_and_the_same_digest(clone: Clone, project: Clone) -> None:
    for each in (clone, project):
        rename(each, "churn-lab", *ME)
    with_git, without = contents(clone.root), contents(project.root)
    records = [json.loads(found.pop(record.FILE)) for found in (with_git, without)]
    assert with_git == without
    assert records[0]["contents"] == records[1]["contents"]
    assert (records[1]["source"], records[1]["commit"]) == ("", "")


def test_the_values_in_the_record_make_the_same_project_again(project: Clone, pristine: Path, tmp_path: Path) -> None:
    rename(project, "churn-lab", *ME, '--description=Say "hi" \\ to `it`', "--version=2.0", "--bare")
    found = record.read(project.root)
    assert found
    values = [f"--{key}={value}" for key, value in found.rename.items() if key not in ("name", "bare")]
    again = Clone(shutil.copytree(pristine, tmp_path / "again", symlinks=True))
    rename(again, str(found.rename["name"]), "--bare", "--force", *values)
    assert contents(again.root) == contents(project.root)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--version=new"], "0.1"),
        (["--python=>=3.6"], ">=3.7"),
        (["--python=>=3.15"], ">=3.14"),
        (["--python=3.9"], "lower bound"),
        (["--license=nosuch.txt"], "MIT"),
        (["--year=99"], "four digits"),
    ],
)
def test_a_value_that_will_not_do_is_refused_with_an_example(pristine: Path, arguments: list[str], said: str) -> None:
    assert said in rename(Clone(pristine), "churn-lab", *arguments, ok=False)
    assert (pristine / PACKAGE).is_dir()


def test_a_licence_of_ones_own_and_none(project: Clone, tmp_path: Path) -> None:
    own = tmp_path / "terms.txt"
    own.write_text("Mine.\n")
    rename(project, "churn-lab", f"--license={own}")
    assert (project.root / "LICENSE").read_text() == "Mine.\n"
    rename(project, "churn-lab", "--license=Proprietary", "--force")
    assert "All rights reserved" in (project.root / "LICENSE").read_text()


def test_a_higher_python_moves_the_tools_and_ci(project: Clone) -> None:
    said = rename(project, "churn-lab", "--python=>=3.13")
    assert "freeze" in said
    assert (project.root / ".python-version").read_text() == "3.13\n"
    assert "OLDEST, NEWEST = (3, 13), (3, 14)" in (project.root / "tooling/project.py").read_text(encoding="utf-8")
    ci = (project.root / ".github/workflows/ci.yml").read_text()
    assert 'python: ["3.13", "3.14"]' in ci
    assert "3.11" not in ci
    assert 'python_version = "3.13"' in (project.root / "pyproject.toml").read_text(encoding="utf-8")


VALUES = st.text(max_size=150)


@given(VALUES, VALUES)
@settings(max_examples=60)
@example('O"Neil \\', "'quoted' \"twice\" \\")
@example("\x1b[31mred\n\0", "a\u2028b")
@example("x" * 150, "word " * 60 + "'\"")
def test_any_value_stands_in_setup_py_as_it_is_but_for_control_characters(author: str, description: str) -> None:
    values = {"author": metadata.cleaned(author), "description": metadata.cleaned(description)}
    text = metadata.written((ROOT / "setup.py").read_text(encoding="utf-8"), values)
    compile(text, "setup.py", "exec")
    assert {**metadata.read(text), **values} == metadata.read(text)
    assert metadata.written(text, values) == text
    assert not any(ord(letter) < 32 for value in values.values() for letter in value)


def test_setuptools_reads_what_was_given(project: Clone) -> None:
    rename(project, "churn-lab", '--author=Zoë "Z" O\'Neil \\', "--description=" + "Says \\ 'it' \"all\" ü. " * 9)
    run(sys.executable, "setup.py", "-q", "egg_info", cwd=project.root)
    info = (project.root / "churn_lab.egg-info/PKG-INFO").read_text(encoding="utf-8")
    assert 'Author: Zoë "Z" O\'Neil \\\n' in info
    assert "Summary: Says \\ 'it' \"all\" ü. Says" in info


@pytest.mark.parametrize("name", ACCEPTED if EVERY_NAME else [name for name in ACCEPTED if len(name) == naming.LONGEST])
@needs_git
def test_all_that_is_checked_passes_in_the_result(clone: Clone, with_uv: dict[str, str], name: str) -> None:
    clone.env.update(with_uv)
    rename(clone, name, *ME, "--description=" + "Long words. " * 12)
    clone.task("setup")
    clone.in_venv(
        "-c", "import pathlib; from tooling import quality; quality.tidy(pathlib.Path(), pathlib.Path('ruff'))"
    )
    for task in (["lint"], ["test", "--fast"], ["build"], ["freeze", "--check"]):
        clone.task(*task)
    clone.git("add", "-A")
    clone.git("commit", "-m", "Ours")
    assert clone.git("status", "--porcelain").stdout == ""
