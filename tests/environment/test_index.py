"""The index that the tests serve is one to pip and uv: what they find, and what they refuse."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.index import File, corrupted, sdist, serve, wheel
from tests.support import environment, run

FILES = [wheel("Some_Lib", "1.0"), wheel("some-lib", "2.0", days=1), wheel("some-lib", "3.0", yanked="broken")]


@pytest.fixture(params=["pip", "uv"])
def download(request: pytest.FixtureRequest, tmp_path: Path) -> list[str | Path]:
    """An installer's command line, up to what it installs, into a folder of its own."""
    if request.param == "pip":
        return [sys.executable, "-m", "pip", "install", "-q", "--no-cache-dir", "--target", tmp_path / "to"]
    return [sys.executable, "-m", "uv", "pip", "install", "-q", "--no-cache", "--target", tmp_path / "to"]


@pytest.mark.parametrize("as_json", [True, False])
def test_an_installer_takes_the_newest_release_that_is_not_yanked(
    download: list[str | Path], tmp_path: Path, as_json: bool
) -> None:
    with serve(FILES, as_json=as_json) as index:
        run(*download, "--index-url", index.url, "some-lib", env=environment(PIP_CONFIG_FILE="/dev/null"))
    assert "/simple/some-lib/" in index.requests
    assert [path.name for path in (tmp_path / "to").glob("*.dist-info")] == ["some_lib-2.0.dist-info"]


@pytest.mark.parametrize("file", [corrupted(wheel("some-lib", "1.0"))])
def test_bytes_that_do_not_match_their_hash_are_refused(download: list[str | Path], file: File) -> None:
    with serve([file]) as index:
        done = run(*download, "--index-url", index.url, "some-lib", env=environment(), ok=False)
    assert done.returncode
    assert "hash" in done.stderr.lower()


def test_without_its_login_it_serves_nothing(download: list[str | Path]) -> None:
    with serve(FILES, login=("me", "secret")) as index:
        plain = run(*download, "--index-url", index.url, "some-lib", env=environment(PIP_NO_INPUT="1"), ok=False)
        assert plain.returncode
        run(*download, "--index-url", index.url.replace("//", "//me:secret@"), "some-lib", env=environment())


def test_a_source_distribution_runs_its_code_unless_wheels_alone_are_taken(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-cache-dir",
        "--target",
        tmp_path / "to",
    ]
    with serve([sdist("some-lib", "1.0", f"open({str(mark)!r}, 'w').close()")]) as index:
        install: list[str | Path] = [*pip, "--no-build-isolation", "--index-url", index.url, "some-lib"]
        assert run(*install, "--only-binary", ":all:", env=environment(), ok=False).returncode
        assert not mark.exists()
        run(*install, env=environment())
        assert mark.exists()
