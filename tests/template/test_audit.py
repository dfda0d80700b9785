"""`audit` looks every pin up, names what is known, and passes nothing that wasn't looked up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.template import osv
from tests.template.osv import Service, advisory
from tooling import files, project
from tooling.checks import quality
from tooling.environment import setup

HASH = " \\\n    --hash=sha256:" + 64 * "0"
LOCK = f"""\
alpha==1.0{HASH}
    # via -r requirements.txt
alpha==1.1 ; sys_platform == 'win32'{HASH}
    # via -r requirements.txt
torch==2.9.1+cpu ; sys_platform == 'plan9'{HASH}
    # via alpha
"""


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service that knows nothing yet, and a lock."""
    (tmp_path / "requirements-prod.txt").write_text(LOCK, encoding="utf-8")
    monkeypatch.setattr(files, "lock", lambda layer: tmp_path / f"requirements-{layer}.txt")
    monkeypatch.setattr(setup, "python", lambda: project.program("python"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with osv.serve({}) as running:
        yield running


def test_each_version_is_asked_for_once_whatever_system_it_is_for(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    quality.audit(["prod", "prod"], ["-s", "osv", "--osv-url", service.url])
    assert sorted(service.asked) == [("alpha", "1.0"), ("alpha", "1.1"), ("torch", "2.9.1")]
    assert capsys.readouterr().out.splitlines()[-1] == "No known vulnerabilities found"


def test_what_is_known_is_named_with_what_to_run(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    service.known["torch", "2.9.1"] = [advisory("torch", "PYSEC-1", "2.9.2", aliases=["CVE-1"])]
    service.known["alpha", "1.1"] = [advisory("alpha", "PYSEC-2")]
    with pytest.raises(SystemExit):
        quality.audit(["prod"], ["-s", "osv", "--osv-url", service.url])
    output, errors = capsys.readouterr()
    lines = [line.split() for line in output.splitlines()]
    assert ["torch", "2.9.1", "PYSEC-1", "2.9.2", "CVE-1"] in lines
    assert ["alpha", "1.1", "PYSEC-2"] in lines
    assert "tasks.py freeze --package NAME" in errors


def test_a_service_that_fails_is_no_pass(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    service.status, service.body = 500, b"<html>"
    with pytest.raises(SystemExit):
        quality.audit(["prod"], ["-s", "osv", "--osv-url", service.url])
    output, errors = capsys.readouterr()
    assert "No known" not in output
    assert "Traceback" not in output
    assert "freeze --package NAME" in errors


def test_a_package_that_is_not_known_there_is_no_pass(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lock = tmp_path / "requirements-prod.txt"
    lock.write_text("no-such-package-at-all @ https://host.invalid/a-1.0-py3-none-any.whl\n")
    monkeypatch.setattr(files, "lock", lambda layer: lock)
    with pytest.raises(SystemExit):
        quality.audit(["prod"], ["-s", "pypi"])
    assert "No known" not in capsys.readouterr().out
