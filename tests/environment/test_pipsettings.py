"""pip's settings are read as pip reads them, and told to uv."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import run
from tooling import pipsettings, project


def test_a_variable_is_stronger_than_a_section_and_that_than_global_in_whatever_file(tmp_path: Path) -> None:
    strong, weak = tmp_path / "strong.conf", tmp_path / "weak.conf"
    strong.write_text("[global]\nindex-url = https://strong.invalid\nproxy = p.invalid\n[download]\nretries = 9\n")
    weak.write_text("[global]\nproxy = q\ntimeout = 3\n[install]\nindex_url = https://weak.invalid\nretries = 1\n")
    found = pipsettings.read("install", {"PIP_RETRIES": "2", "PIP_CERT": ""}, [strong, weak])
    assert found == {"index-url": "https://weak.invalid", "proxy": "p.invalid", "timeout": "3", "retries": "2"}


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        (
            {},
            "[global]\nindex-url = https://a.invalid\nextra-index-url =\n    https://b.invalid\n    https://c.invalid\n",
        ),
        ({"PIP_INDEX_URL": "https://v.invalid"}, "[global]\nindex-url = x\ntimeout = 3\nretries=2\n"),
        ({"PIP_TIMEOUT": "8"}, "[install]\nindex_url = https://i.invalid\n[global]\nindex-url = https://g.invalid\n"),
        ({"PIP_NO_INDEX": "1"}, "[global]\ntrusted-host = a.invalid b.invalid:81\nproxy = http://me:pw@p.invalid:8\n"),
    ],
)
def test_they_are_what_pip_itself_takes(tmp_path: Path, variables: dict[str, str], text: str) -> None:
    (tmp_path / "pip.conf").write_text(text, encoding="utf-8")
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PIP_CONFIG_FILE": str(tmp_path / "pip.conf"),
        **variables,
    }
    code = (
        "import json; from pip._internal.commands import create_command as c;"
        "o, _ = c('install').parse_args([]); print(json.dumps(vars(o), default=str))"
    )
    theirs = json.loads(run(sys.executable, "-c", code, env=env).stdout)
    ours = pipsettings.read("install", env, project.pip_settings(env, tmp_path))
    assert ours.get("index-url", theirs["index_url"]) == theirs["index_url"]
    assert ours.get("extra-index-url", "").split() == theirs["extra_index_urls"]
    assert (pipsettings.indexes(ours) == []) == bool(theirs["no_index"])
    assert ours.get("trusted-host", "").split() == theirs["trusted_hosts"]
    assert ours.get("proxy") == theirs["proxy"]
    assert float(ours.get("timeout", 15)) == theirs["timeout"]
    assert int(ours.get("retries", theirs["retries"])) == theirs["retries"]


def test_find_links_are_places_that_are_there_and_a_folder_is_named_from_the_root(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    found = pipsettings.read(
        "install", {"PIP_FIND_LINKS": f"wheels {tmp_path / 'gone'} https://a.invalid/w"}, [], tmp_path
    )
    assert found["find-links"].split() == [(tmp_path / "wheels").as_uri(), "https://a.invalid/w"]


def test_uv_is_told_all_of_it() -> None:
    settings = {
        "index-url": "https://a.invalid",
        "extra-index-url": "https://b.invalid\nhttps://c.invalid",
        "find-links": "file:///w https://d.invalid",
        "trusted-host": "a.invalid\nb.invalid",
        "cert": "/certs.pem",
        "client-cert": "/client.pem",
        "proxy": "me:secret@proxy.invalid:8080",
        "timeout": "60",
        "retries": "7",
        "keyring-provider": "subprocess",
    }
    assert pipsettings.for_uv(settings) == {
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_DEFAULT_INDEX": "https://a.invalid",
        "UV_INDEX": "https://b.invalid https://c.invalid",
        "UV_FIND_LINKS": "file:///w,https://d.invalid",
        "UV_INSECURE_HOST": "a.invalid b.invalid",
        "SSL_CERT_FILE": "/certs.pem",
        "SSL_CLIENT_CERT": "/client.pem",
        "UV_HTTP_TIMEOUT": "60",
        "UV_HTTP_RETRIES": "7",
        "UV_KEYRING_PROVIDER": "subprocess",
        **dict.fromkeys(
            ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://me:secret@proxy.invalid:8080"
        ),
    }
    assert pipsettings.uv_flags({"no-index": "true"}) == ["--no-index"]
    assert pipsettings.indexes({"no-index": "yes", "index-url": "https://a.invalid"}) == []
    assert pipsettings.uv_flags({"no-index": "0"}) == []


@given(st.binary() | st.text().map(lambda text: ("[global]\n" + text).encode("utf-8", "replace")))
def test_no_file_whatever_is_in_it_is_an_error(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pip.conf").write_bytes(content)
        pipsettings.for_uv(pipsettings.read("install", {}, [Path(folder) / "pip.conf"]))
