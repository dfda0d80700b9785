"""What differs between systems, reading locks and settings, writing whole."""

from __future__ import annotations

import io
import json
import os
import sys
import sysconfig
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tooling import files, processes, project
from tooling.environment import pip

VENV = Path("clone") / "venv"
HASH = "0f" * 32


@pytest.mark.parametrize(
    ("platform", "python", "task"),
    [
        ("win32", "Scripts/python.exe", "py tasks.py setup"),
        ("darwin", "bin/python", "python3 tasks.py setup"),
        ("linux", "bin/python", "python3 tasks.py setup"),
    ],
)
def test_each_system_has_its_own_places_and_words(
    platform: str, python: str, task: str, tmp_path: Path
) -> None:
    assert project.program("python", VENV, platform) == VENV / python
    assert project.typed("setup", platform) == task
    place = "Lib/site-packages" if platform == "win32" else "lib/python3.12/site-packages"
    (tmp_path / place).mkdir(parents=True)
    assert project.site_packages(tmp_path, platform) == tmp_path / place


def test_this_systems_places_are_where_this_environment_has_them() -> None:
    prefix = Path(sys.prefix)
    assert project.program("python", prefix).parent == Path(sysconfig.get_path("scripts"))
    assert project.site_packages(prefix) == Path(sysconfig.get_path("purelib"))


@pytest.mark.parametrize("platform", ["win32", "darwin", "linux"])
def test_pyenvs_pythons_are_found_newest_first(platform: str, tmp_path: Path) -> None:
    for version in ("3.9.18", "3.12.1", "3.12.10", "2.7.18"):
        (tmp_path / "versions" / version).mkdir(parents=True)
    program = "python.exe" if platform == "win32" else "bin/python"
    own = [[str(tmp_path / "versions" / each / program)] for each in ("3.12.10", "3.12.1")]
    launcher = [["py", "-3.12"]] if platform == "win32" else []
    commands = project.interpreter_commands("3.12", {"PYENV_ROOT": str(tmp_path)}, platform)
    assert commands == [*launcher, ["python3.12"], *own]


@pytest.mark.parametrize(
    ("platform", "env", "folder"),
    [
        ("win32", {"LOCALAPPDATA": "/local"}, Path("/local")),
        ("darwin", {}, project.HOME / ".cache"),
        ("linux", {}, project.HOME / ".cache"),
        ("linux", {"XDG_CACHE_HOME": "/xdg"}, Path("/xdg")),
    ],
)
def test_downloads_are_kept_where_the_system_keeps_such(
    platform: str, env: dict[str, str], folder: Path
) -> None:
    assert project.cache_folder(env, platform).parent == folder


def test_a_message_reaches_any_terminal_and_shows_no_login(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", newline="\n")
    project.say("“é” https://me:secret@a.invalid/x ssh://git@b.invalid/y", stream)
    text = raw.getvalue().decode()
    assert text == "\\u201c\\xe9\\u201d https://a.invalid/x ssh://git@b.invalid/y\n"
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)  # as where it is closed
    with pytest.raises(SystemExit):
        project.fail("no")


def test_a_child_inherits_nothing_that_misdirects_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "PIP_TARGET PYTHONPATH PYTHONHOME UV_PYTHON GIT_DIR GIT_INDEX_FILE".split():
        monkeypatch.setenv(name, "wrong")
    code = "import json, os; print(json.dumps({**os.environ}))"
    env = json.loads(processes.run([sys.executable, "-c", code], env={"EXTRA": "added"}).text)
    assert "wrong" not in env.values()
    assert env["EXTRA"] == "added"
    assert env["PATH"].split(os.pathsep)[0] == str(project.program("python").parent)
    code = "import sys; print(sys.stdin.read(), 'out'); print('é', file=sys.stderr); sys.exit(3)"
    done = processes.run([sys.executable, "-c", code])
    assert (done.code, done.text.strip(), done.words.split()) == (3, "out", ["out", "é"])


def test_files_are_written_whole_or_not_at_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("before")
    with pytest.raises(SystemExit):
        project.write({old: b"after", new: b"after", old / "below": b"no folder"})
    assert "below can't be written" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"old"}
    assert old.read_text() == "before"
    project.write({old: b"after", new: b"after"})
    assert (old.read_bytes(), new.read_bytes()) == (b"after", b"after")


@pytest.mark.parametrize(
    ("pip_args", "names"),
    [
        ("--only-binary :all:", []),
        ("--only-binary :all: --no-binary Hydra_Core --no-binary=a,b", ["hydra-core", "a", "b"]),
        ("", []),
        ("--only-binary :all: --no-binary :all:", []),
    ],
)
def test_what_may_run_its_code_is_named(pip_args: str, names: list[str], tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[tool.pip-tools]\npip-args = "{pip_args}"\n')
    assert files.from_source(tmp_path) == names


NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?", fullmatch=True)
VERSIONS = st.from_regex(
    r"[0-9]{1,2}(\.[0-9]{1,2}){0,2}((a|rc|\.post)1)?(\+cu[0-9]{2})?", fullmatch=True
)
MARKERS = st.sampled_from(
    ["", 'sys_platform == "win32"', 'python_version < "3.12" and extra == ""']
)
PINS = st.tuples(NAMES, VERSIONS, MARKERS, st.integers(1, 3), st.lists(NAMES, max_size=3))


@given(st.lists(PINS, max_size=5), st.sampled_from(["\n", "\r\n"]))
def test_a_lock_is_read_as_it_is_written(
    pins: list[tuple[str, str, str, int, list[str]]], newline: str
) -> None:
    lines = ["#", "# This file is autogenerated", "#", "--extra-index-url https://a.invalid", ""]
    for name, version, marker, hashes, via in pins:
        lines.append(f"{name}=={version}{f' ; {marker}' if marker else ''} \\")
        digests = [f"    --hash=sha256:{number:064}" for number in range(hashes)]
        lines += [*(f"{digest} \\" for digest in digests[:-1]), digests[-1]]
        lines += (
            [f"    # via {via[0]}"]
            if len(via) == 1
            else ["    # via", *(f"    #   {each}" for each in via)]
        )
    parsed = files.parse(newline.join(lines) + newline, "a lock")
    assert [(pin.version, pin.marker, len(pin.hashes), pin.packages) for pin in parsed] == [
        (*each[1:4], tuple(map(files.normalized, each[4]))) for each in pins
    ]
    assert [pin.name for pin in parsed] == [files.normalized(name) for name, *_ in pins]
    assert files.parse("\n".join(pin.text for pin in parsed), "it") == [
        pin._replace(packages=()) for pin in parsed
    ]


def test_a_url_is_a_pin_too() -> None:
    entry = (
        'demo @ https://a.invalid/demo-1.0%2Bcpu-py3-none-any.whl#sha256=00 ; os_name == "nt" \\\n'
        f"    --hash=sha256:{HASH}\n    # via -r requirements.txt\n"
    )
    (pin,) = files.parse(entry, "a lock")
    assert (pin.name, pin.version, pin.marker) == ("demo", "1.0+cpu", 'os_name == "nt"')
    assert pin.url.endswith("#sha256=00")
    assert pin.files == ("requirements.txt",)


@given(st.text() | st.sampled_from(["<<<<<<< HEAD", "=======", "-e .", "numpy>=2", "six"]))
def test_what_is_no_pin_ends_in_a_sentence(text: str) -> None:
    try:
        pins = files.parse(text, "requirements-dev.txt")
    except SystemExit:
        return
    assert all(pin.name and pin.version for pin in pins)


def test_uv_is_told_what_pip_is(tmp_path: Path) -> None:
    settings = {
        "index-url": "https://a.invalid",
        "extra-index-url": "https://b.invalid https://c.invalid",
        "find-links": f"{tmp_path.as_posix()} https://d.invalid",
        "trusted-host": "a.invalid b.invalid",
        "proxy": "me:secret@proxy.invalid:8080",
        "timeout": "60",
        "cert": "/certs.pem",
    }
    variables = {
        "UV_DEFAULT_INDEX": "https://a.invalid",
        "UV_INDEX": "https://b.invalid https://c.invalid",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": f"{tmp_path},https://d.invalid",
        "UV_INSECURE_HOST": "a.invalid b.invalid",
        "UV_HTTP_TIMEOUT": "60",
        "SSL_CERT_FILE": "/certs.pem",
        "PIP_TIMEOUT": "60",
        **dict.fromkeys(
            ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), settings["proxy"]
        ),
    }
    assert variables.items() <= pip.variables(settings).items()
    assert "--no-index" in pip.uv_flags({"no-index": "true"})
    assert "--no-index" not in pip.uv_flags({"no-index": "0"})


def test_of_pips_settings_those_count_that_say_how_an_index_is_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """
        [global]
        index-url = https://global.invalid
        target = /nowhere
        extra-index-url =
            https://b.invalid
            https://c.invalid
        [install]
        index-url = https://install.invalid
        prefix = /nowhere
        require-hashes = true
        cert = /é.pem
        [download]
        proxy = p.invalid
    """
    (tmp_path / "pip.conf").write_text(text.replace("        ", ""), encoding="utf-8")
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PIP_DEFAULT_TIMEOUT", "7")
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")  # pip would print nothing, and end well
    settings = pip.settings([sys.executable, "-m", "pip"])
    assert settings["index-url"] == "https://install.invalid"
    assert settings["extra-index-url"] == "https://b.invalid https://c.invalid"
    assert (settings["timeout"], settings["cert"]) == ("7", "/é.pem")
    assert {"target", "prefix", "require-hashes", "user"} & {*settings} == set()
    assert pip.variables(settings)["PIP_INDEX_URL"] == "https://install.invalid"


def test_errors_are_highlighted_where_that_shows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, shown in (("", "no"), ("FORCE_COLOR", "\x1b[1;31mno\x1b[0m"), ("NO_COLOR", "no")):
        monkeypatch.setenv(name or "TERM", "1")
        with pytest.raises(SystemExit):
            project.fail("pip's words\nno")
        assert capsys.readouterr().err == f"pip's words\n{shown}\n"
