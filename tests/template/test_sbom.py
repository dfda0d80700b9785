"""An SBOM lists what a lock says, valid as CycloneDX has it, in the same bytes each time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support import ROOT
from tooling import files, project

pytest.importorskip("cyclonedx")

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tooling.checks import distributions

ONE, TWO = 64 * "1", 64 * "2"
WHEEL = "host.invalid/delta-1.0-py3-none-any.whl"
LOCK = f"""\
alpha==1.0+local.1 ; sys_platform == "win32" \\
    --hash=sha256:{ONE} \\
    --hash=sha256:{TWO}
    # via
    #   -c bounds.txt
    #   -r requirements.txt
    #   beta
alpha==1.0 ; sys_platform != "win32" \\
    --hash=sha256:{ONE}
    # via
    #   -r requirements.txt
    #   beta
beta==1.5 \\
    --hash=sha256:{ONE}
    # via delta[more]
delta @ https://{WHEEL} \\
    --hash=sha256:{ONE}
    # via -r requirements.txt
"""


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only lock there is."""
    path = tmp_path / "requirements-prod.txt"
    path.write_text(LOCK, encoding="utf-8")
    monkeypatch.setattr(files, "lock", lambda layer: path)
    monkeypatch.chdir(tmp_path)
    return path


def written(name: str = "sbom.json") -> str:
    """Return the SBOM of the lock, valid as CycloneDX has it."""
    distributions.sbom("prod", name)
    text = Path(name).read_text(encoding="utf-8")
    invalid = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    assert invalid is None, invalid
    return text


@pytest.mark.usefixtures("lock")
def test_each_pin_is_a_component_with_its_hashes_its_marker_and_what_it_needs() -> None:
    content = json.loads(written())
    windows, elsewhere, beta, delta = content["components"]
    assert (windows["version"], elsewhere["version"]) == ("1.0+local.1", "1.0")
    assert windows["properties"][0]["value"] == 'sys_platform == "win32"'
    hashes = windows["externalReferences"][0]["hashes"]
    assert hashes == [{"alg": "SHA-256", "content": each} for each in (ONE, TWO)]
    assert windows["purl"] == "pkg:pypi/alpha@1.0%2Blocal.1"
    own = content["metadata"]["component"]
    assert own["name"] == project.DISTRIBUTION
    graph = {each["ref"]: each.get("dependsOn", []) for each in content["dependencies"]}
    both = [windows["purl"], elsewhere["purl"]]
    assert graph[own["bom-ref"]] == [*both, delta["purl"]]
    assert (graph[delta["purl"]], graph[beta["purl"]]) == ([beta["purl"]], both)


@pytest.mark.parametrize("secret", [f"https://me:secret@{WHEEL}", f"https://{WHEEL}?token=secret"])
def test_a_url_with_a_secret_stays_out(secret: str, lock: Path) -> None:
    lock.write_text(LOCK.replace(f"https://{WHEEL}", secret), encoding="utf-8")
    assert "secret" not in written()


def test_the_same_lock_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    distributions.sbom("dev", "first.json")
    distributions.sbom("dev", "second.json")
    text = Path("first.json").read_text(encoding="utf-8")
    assert text == Path("second.json").read_text(encoding="utf-8")
    assert str(ROOT) not in text


def test_a_file_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        distributions.sbom("prod", str(tmp_path / "no" / "such" / "folder.json"))
    assert "folder.json can't be written" in capsys.readouterr().err
