"""Nothing of a machine or its user gets into a lock or onto the terminal, and the machine's settings hold."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import index, small
from tests.support import Clone, Done
from tooling import locks, scrubbing

USER, PASSWORD = "planted-user", "planted-pass-w0rd"
FILES = [index.wheel("alpha", "1.0"), index.wheel("beta", "1.0", "alpha"), index.wheel("gamma", "1.0", "nowhere")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, with_uv: dict[str, str]) -> Iterator[Clone]:
    """A small project that needs alpha."""
    with small.made(tmp_path_factory.mktemp("secrets"), FILES, with_uv, "alpha\n") as clone:
        yield clone


@pytest.fixture(scope="module")
def closed() -> Iterator[index.Index]:
    """An index that wants a login."""
    with index.serve([*small.tools(), *FILES], login=(USER, PASSWORD)) as served:
        yield served


@pytest.fixture(params=["variable", "pip.conf", "netrc", "extra index", "find-links"])
def told(request: pytest.FixtureRequest, made: Clone, closed: index.Index, tmp_path: Path) -> tuple[Clone, list[str]]:
    """The project, with the way to the index told in one of pip's ways, and what must not be seen of that."""
    host = closed.url.split("/")[2]
    with_login = closed.url.replace("//", f"//{USER}:{PASSWORD}@")
    env = {
        **small.at(closed, tmp_path),
        "HOME": str(tmp_path / "home of planted-user"),
        "UV_CACHE_DIR": str(tmp_path / "uv"),
    }
    home = Path(env["HOME"])
    home.mkdir()
    if request.param == "variable":
        env["PIP_INDEX_URL"] = with_login
    elif request.param == "pip.conf":
        del env["PIP_INDEX_URL"]
        env["PIP_CONFIG_FILE"] = str(tmp_path / "pip.conf")
        (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = {with_login}\n", encoding="utf-8")
    elif request.param == "netrc":
        (home / ".netrc").write_text(f"machine {host.split(':')[0]} login {USER} password {PASSWORD}\n")
    elif request.param == "extra index":
        env["PIP_INDEX_URL"] = made.env["PIP_INDEX_URL"]
        env["PIP_EXTRA_INDEX_URL"] = with_login
    else:
        folder = tmp_path / "planted-links"
        folder.mkdir()
        for file in (*small.tools(), *FILES):
            (folder / file.name).write_bytes(file.content)
        env.update(PIP_FIND_LINKS=str(folder), PIP_NO_INDEX="1")
        del env["PIP_INDEX_URL"]
    clone = Clone(made.root, {**made.env, **env})
    if "PIP_INDEX_URL" not in env:
        del clone.env["PIP_INDEX_URL"]
    return clone, [USER, PASSWORD, host, str(tmp_path), "planted-links", str(made.root)]


def seen(secrets: Sequence[str], *texts: str) -> list[str]:
    """Give which of the secrets are in the texts."""
    return [secret for secret in secrets if any(secret in text for text in texts)]


def all_of(clone: Clone, done: Done) -> list[str]:
    return [done.stdout, done.stderr, *(path.read_text("utf-8") for path in clone.root.glob("requirements*"))]


def test_freezing_and_adding_works_and_nothing_of_the_way_to_the_index_is_seen(
    told: tuple[Clone, list[str]],
) -> None:
    clone, secrets = told
    before = (clone.root / "requirements.txt").read_bytes()
    try:
        for path in clone.root.glob("requirements-prod.txt"):
            path.write_text("", encoding="utf-8")
        done = clone.task("freeze", "--upgrade", "--cooldown", "0")
        assert clone.locked("prod") == {"alpha": "1.0"}
        assert not seen(secrets, *all_of(clone, done))
        done = clone.task("freeze", "--check")
        assert not seen(secrets, *all_of(clone, done))
        clone.append("requirements.txt", "gamma\n")
        done = clone.task("freeze", ok=False)
        assert done.returncode == 1
        assert "gamma needs nowhere, which no index has" in done.stderr
        assert not seen(secrets, *all_of(clone, done))
    finally:
        (clone.root / "requirements.txt").write_bytes(before)


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_nothing_is_seen_of_an_index_that_does_not_answer(made: Clone, tmp_path: Path, installer: str) -> None:
    url = f"http://{USER}:{PASSWORD}@127.0.0.1:9/planted/simple/"
    nowhere = {"PIP_INDEX_URL": url, "PIP_RETRIES": "0", "XDG_CACHE_HOME": str(tmp_path), "UV_CACHE_DIR": str(tmp_path)}
    before = (made.root / "requirements-prod.txt").read_bytes()
    secrets = [USER, PASSWORD, "127.0.0.1", "planted", str(made.root)]
    done = made.task("freeze", "--upgrade", ok=False, env=nowhere)
    assert done.returncode == 1
    assert re.search(r"^No index answers \(.+\); the locks are as they were\.", done.stderr)
    assert not seen(secrets, done.stdout, done.stderr)
    done = made.task("install", "--installer", installer, ok=False, env=nowhere)
    if installer == "pip":
        assert done.returncode == 1
        assert "Check the network" in done.stderr
    assert not seen(secrets, done.stdout, done.stderr)
    assert (made.root / "requirements-prod.txt").read_bytes() == before


def test_a_wrong_login_is_said_without_it(made: Clone, closed: index.Index, tmp_path: Path) -> None:
    env = {**small.at(closed, tmp_path), "PIP_INDEX_URL": closed.url.replace("//", f"//{USER}:planted-wrong@")}
    done = made.task("freeze", "--upgrade", ok=False, env=env)
    assert done.returncode == 1
    assert not seen([USER, "planted-wrong", closed.url.split("/")[2]], done.stdout, done.stderr)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("place", "said"),
    [(f"http://{USER}:{PASSWORD}@HOST/files", "a login"), ("${PLANTED}/files", "the value of ${PLANTED}")],
)
def test_a_lock_that_would_hold_a_secret_is_not_written(made: Clone, place: str, said: str) -> None:
    before = {path: path.read_bytes() for path in made.root.glob("requirements*")}
    with index.serve(FILES) as other:
        host = other.url.split("/")[2]
        wheel = f"{place.replace('HOST', host)}/beta-1.0-py3-none-any.whl"
        made.append("requirements.txt", f"beta @ {wheel}\n")
        done = made.task("freeze", ok=False, env={"PLANTED": f"http://{host}"})
    (made.root / "requirements.txt").write_bytes(before[made.root / "requirements.txt"])
    assert done.returncode == 1
    assert said in done.stderr
    assert not seen([USER, PASSWORD, *([host] if "PLANTED" in place else [])], done.stdout, done.stderr)
    assert {path: path.read_bytes() for path in before} == before


def test_what_is_typed_with_a_login_is_not_shown_with_it(made: Clone) -> None:
    for word in (f"https://{USER}:{PASSWORD}@host.invalid/beta.whl", f"git+https://{PASSWORD}@host.invalid/beta"):
        done = made.task("add", word, ok=False)
        assert done.returncode == 1
        assert not seen([USER, PASSWORD], done.stdout, done.stderr)


ENV = {
    "PIP_INDEX_URL": f"https://{USER}:{PASSWORD}@index.corp.invalid/simple",
    "PIP_TRUSTED_HOST": "trusted.corp.invalid",
    "HTTPS_PROXY": "http://proxyuser:proxypass@proxy.corp.invalid:3128",
    "UV_INDEX_CORP_PASSWORD": "uv-secret",
    "PIP_CONFIG_FILE": os.devnull,
}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"ERROR: 404 for {ENV['PIP_INDEX_URL']}/six/", "ERROR: 404 for …/six"),
        ("host='index.corp.invalid', port=443): Max retries", "host=…): Max retries"),
        ("could not resolve index.corp.invalid", "could not resolve …"),
        (f"user {USER} password {PASSWORD}.", "user … password …."),
        ("proxy.corp.invalid:3128 refused proxyuser", "… refused …"),
        ("/srv/somebody/wheels/six-1.0.whl is invalid", "…/six-1.0.whl is invalid"),
        (r"C:\Users\somebody\wheels\six-1.0.whl is invalid", "…/six-1.0.whl is invalid"),
        ("trusted.corp.invalid and uv-secret", "… and …"),
        ("six>=1.0 and/or attrs; see requirements.txt", "six>=1.0 and/or attrs; see requirements.txt"),
        ("1/2 of a -> b", "1/2 of a -> b"),
    ],
)
def test_a_tools_words_are_shown_without_what_belongs_to_the_machine(said: str, shown: str) -> None:
    assert scrubbing.scrubbed(said, ENV) == shown


@given(st.text(), st.text(), st.sampled_from(sorted(ENV.values())[1:]))
def test_no_words_around_a_secret_make_it_seen(before: str, after: str, address: str) -> None:
    shown = scrubbing.scrubbed(f"{before} {address} {after}", ENV)
    for secret in (PASSWORD, "proxypass", "corp.invalid", "uv-secret"):
        assert secret not in shown


def test_a_lock_says_nothing_of_who_made_it(made: Clone) -> None:
    for path in made.root.glob("requirements-*.txt"):
        text = path.read_text(encoding="utf-8")
        assert not locks.leaked(text)
        assert not seen([str(made.root), made.env["PIP_INDEX_URL"], "127.0.0.1"], text)
