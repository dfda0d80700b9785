"""`audit` looks every pin up, says what to type about what is known, and passes nothing that it couldn't look up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests import osv
from tests.osv import Service, advisory
from tests.support import Clone, Done, make_clone
from tooling import auditing, pipsettings, processes, project

HASH = " \\\n    --hash=sha256:" + 64 * "0"
PROD = f"""\
alpha==1.0{HASH}
    # via
    #   -r requirements.txt
    #   beta
beta==1.5{HASH}
    # via -r requirements.txt
gamma==1.0{HASH}
    # via beta
"""
DEV = f"{PROD}on-windows==2.0 ; sys_platform == 'win32'{HASH}\n    # via -r requirements-dev.in\n"
FROM_URL = f"delta @ http://user:secret@host.invalid/delta-1.0-py3-none-any.whl{HASH}\n    # via -r requirements.txt\n"
UNKNOWN = {"name": "alpha", "skip_reason": "Dependency not found on PyPI and could not be audited: alpha (1.0)"}
FILES = {
    "requirements.txt": "alpha>=1.0\nbeta<2; python_version >= '3.8'  # why\n",
    "requirements-dev.in": "-r requirements.txt\non-windows==2.0\n",
    "requirements-prod.txt": PROD,
    "requirements-dev.txt": DEV,
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, with_uv: dict[str, str]) -> Clone:
    """One set-up clone, whose locks then are made up: no more than read here."""
    clone = make_clone(tmp_path_factory.mktemp("audit"), git=False)
    clone.task("setup", env=with_uv)
    for path in clone.root.glob("requirements-*.*"):
        path.unlink()
    return clone


@pytest.fixture
def clone(shared: Clone) -> Clone:
    """The clone with the locks as above."""
    for name, text in FILES.items():
        shared.write(name, text)
    return shared


@pytest.fixture
def service() -> Iterator[Service]:
    """A service that knows nothing yet."""
    with osv.serve({}) as running:
        yield running


def audit(clone: Clone, service: Service, *arguments: str, env: Mapping[str, str] = {}) -> Done:
    """Run the task with that service; whatever comes out holds no address and no traceback."""
    done = clone.task("audit", *arguments, ok=False, env={auditing.URL: service.url, "NO_PROXY": "127.0.0.1", **env})
    for said in (done.stdout, done.stderr):
        assert not any(word in said for word in ("://", "127.0.0.1", "secret", "host.invalid", "Traceback"))
    return done


def test_with_nothing_known_it_is_one_line_and_each_package_was_asked_for_once(clone: Clone, service: Service) -> None:
    done = audit(clone, service)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "No known vulnerabilities in 4 packages (source: OSV, which doesn't say if it knows them).\n"
    # on-windows among them, whatever system this is.
    assert sorted(service.asked) == [("alpha", "1.0"), ("beta", "1.5"), ("gamma", "1.0"), ("on-windows", "2.0")]


def test_a_layer_alone_and_an_option_for_the_address(clone: Clone, service: Service) -> None:
    done = clone.task("audit", "--layer", "prod", "--service=osv", "--osv-url", service.url)
    assert done.stdout == "No known vulnerabilities in 3 packages (source: OSV, which doesn't say if it knows them).\n"


def test_a_finding_comes_with_its_aliases_fixes_and_who_needs_it(clone: Clone, service: Service) -> None:
    first = advisory("gamma", "GHSA-aaaa", "0.9", "1.2", "2.0", aliases=["CVE-2026-1", "PYSEC-2026-9"])
    service.known["gamma", "1.0"] = [first, advisory("gamma", "GHSA-bbbb", "1.10")]
    done = audit(clone, service)
    assert done.returncode == 1
    assert done.stdout.splitlines()[:3] == [
        "gamma 1.0, needed by beta",
        "  PYSEC-2026-9 (CVE-2026-1, GHSA-aaaa): fixed in 1.2, 2.0",
        "  GHSA-bbbb: fixed in 1.10",
    ]
    assert "freeze --package gamma (if it stays at 1.0: --package beta, too)" in done.stdout
    assert done.stderr == "Known vulnerabilities: 2, in 1 of 4 packages (source: OSV).\n"


@pytest.mark.parametrize(
    ("package", "version", "typed"),
    [
        ("alpha", "1.0", ["freeze --package alpha"]),
        ("beta", "1.5", ["""add "beta>=9.0; python_version >= '3.8'\""""]),
        ("on-windows", "2.0", ['add "on-windows>=9.0" --layer dev']),
    ],
)
def test_what_is_to_be_typed_depends_on_the_bounds(
    clone: Clone, service: Service, package: str, version: str, typed: list[str]
) -> None:
    service.known[package, version] = [advisory(package, "PYSEC-1", "9.0")]
    lines = audit(clone, service).stdout.splitlines()
    assert [line.split("tasks.py ")[1] for line in lines if "To fix:" in line] == typed


def test_a_bound_that_add_cannot_change_is_named(clone: Clone, service: Service) -> None:
    clone.write("requirements-dev.in", "-r requirements.txt\n-c bounds.txt\non-windows\n")
    clone.write("bounds.txt", "# all\ngamma<3\n")
    service.known["gamma", "1.0"] = [advisory("gamma", "PYSEC-1", "3.0")]
    assert "let bounds.txt, line 2 (gamma<3) allow 3.0, then:" in audit(clone, service).stdout


@pytest.mark.parametrize("fixed", [[], ["0.9"]])
def test_without_a_later_version_that_fixes_it_there_is_nothing_to_type(
    clone: Clone, service: Service, fixed: list[str]
) -> None:
    service.known["alpha", "1.0"] = [advisory("alpha", "PYSEC-1", *fixed)]
    done = audit(clone, service)
    assert done.returncode == 1
    assert done.stdout == "alpha 1.0, needed by requirements.txt, beta\n  PYSEC-1: no version fixes it yet\n"


def test_a_withdrawn_advisory_is_none(clone: Clone, service: Service) -> None:
    service.known["alpha", "1.0"] = [advisory("alpha", "PYSEC-1", "2.0", withdrawn="2026-01-01T00:00:00Z")]
    assert audit(clone, service).returncode == 0


def test_an_advisory_that_cannot_be_read_is_no_pass(clone: Clone, service: Service) -> None:
    service.known["alpha", "1.0"] = [advisory("alpha", "PYSEC-1", "2.0", schema_version="2.0.0")]
    done = audit(clone, service)
    assert done.returncode == 1
    assert done.stderr.startswith("Not looked up: OSV answers with something else than pip-audit can read")


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([UNKNOWN, {"name": "beta", "vulns": []}], "alpha 1.0 was not looked up"),
        ([{"name": "beta", "vulns": []}], "alpha 1.0 was not looked up: PyPI doesn't know that version."),
        (
            [{"name": "alpha", "skip_reason": "not found"}, {"name": "beta", "skip_reason": "not found"}],
            "none of the 2",
        ),
    ],
)
def test_a_package_that_the_service_does_not_know_is_no_pass(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    entries: list[dict[str, object]],
    said: str,
) -> None:
    def answered(command: list[str], env: Mapping[str, str]) -> tuple[int, bytes, str]:
        answer = Path(command[command.index("--output") + 1])
        answer.write_text(json.dumps({"dependencies": entries, "fixes": []}), encoding="utf-8")
        return 0, b"", "No known vulnerabilities found"

    lock = PROD[: PROD.index("gamma==")]
    (tmp_path / "requirements-prod.txt").write_text(lock, encoding="utf-8")
    monkeypatch.setattr(project, "ROOT", tmp_path)
    monkeypatch.setattr(processes, "captured", answered)  # OSV can't tell, and PyPI isn't there for tests
    with pytest.raises(SystemExit) as ended:
        auditing.audit(["prod"], "pypi")
    assert ended.value.code == 1
    assert said in "".join(capsys.readouterr())


def test_a_package_from_a_url_is_no_pass_and_the_others_are_looked_up(clone: Clone, service: Service) -> None:
    clone.write("requirements-prod.txt", PROD + FROM_URL)
    done = audit(clone, service, "--layer", "prod")
    assert done.returncode == 1
    assert "delta 1.0 was not looked up: it is locked from a URL" in done.stdout
    assert "Not looked up: 1 of 4 packages (source: OSV)" in done.stderr
    assert len(service.asked) == 3


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (500, b"", "HTTP 500"),
        (401, b"", "HTTP 401, as where a login is needed"),
        (200, b"<html>a captive portal</html>", "something else than JSON"),
        (200, b'{"error": "no"}', "something else than pip-audit can read"),
    ],
)
def test_a_service_that_does_not_answer_as_one_is_a_failure(
    clone: Clone, service: Service, status: int, body: bytes, said: str
) -> None:
    service.status, service.body = status, body
    done = audit(clone, service)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Not looked up: OSV answers with ")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_service_that_is_down_is_a_failure(clone: Clone) -> None:
    with osv.serve({}) as service:
        pass
    done = audit(clone, service)
    assert (done.returncode, done.stdout) == (1, "")
    assert "can't be reached" in done.stderr


def test_pips_proxy_is_used(clone: Clone, service: Service) -> None:
    with osv.serve({}) as elsewhere:
        pass  # nothing listens there any more
    proxied = {"PIP_PROXY": elsewhere.url.partition("/v1")[0], "NO_PROXY": "", "no_proxy": ""}
    done = audit(clone, service, env=proxied)
    assert done.returncode == 1
    assert "through the proxy" in done.stderr
    assert not service.asked


def test_pips_certificate_and_proxy_are_given_in_the_words_of_requests() -> None:
    settings = {"cert": "/etc/company.pem", "proxy": "proxy.invalid:3128"}
    variables = pipsettings.for_requests(settings)
    assert variables["REQUESTS_CA_BUNDLE"] == "/etc/company.pem"
    assert variables["HTTPS_PROXY"] == variables["https_proxy"] == "http://proxy.invalid:3128"
    assert pipsettings.for_requests({}) == {}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--layer", "nosuch"], "There is no requirements-nosuch.txt"),
        (["--service", "oracle"], "--service takes pypi or osv"),
        (["--osv-url", "ftp://x"], "--osv-url takes the address"),
        (["--service", "pypi", "--osv-url", "https://x"], "goes with --service osv"),
    ],
)
def test_what_is_mistyped_is_said_in_a_sentence(clone: Clone, arguments: list[str], said: str) -> None:
    done = clone.task("audit", *arguments, ok=False)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
