"""`sbom` writes what a lock says, all of it and nothing else, as CycloneDX has it, to the same bytes each time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.support import DISTRIBUTION, ROOT, VERSION, Clone
from tooling import lockfile, project, sbom

ONE, TWO = 64 * "1", 64 * "2"
LOCK = f"""\
alpha==1.0+local.1 ; sys_platform == "win32" \\
    --hash=sha256:{ONE} \\
    --hash=sha256:{TWO}
    # via
    #   -c bounds.txt
    #   -r requirements.txt
    #   beta
beta==1.5 \\
    --hash=sha256:{ONE}
    # via
    #   -r requirements.txt
    #   gamma[more]
gamma==1.0 \\
    --hash=sha256:{ONE}
    # via beta
"""
WHEEL = "host.invalid/delta-1.0-py3-none-any.whl"


def read(text: str) -> dict[str, Any]:
    """Read an SBOM, which must be valid."""
    invalid = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    assert invalid is None, invalid
    document: dict[str, Any] = json.loads(text)
    return document


def of(lock: str) -> dict[str, Any]:
    """Read the SBOM of a lock's text."""
    return read(sbom.document(lockfile.parse(lock, "requirements-prod.txt"), lock.encode()))


def graph(document: dict[str, Any]) -> dict[str, set[str]]:
    """Give what needs what."""
    return {each["ref"]: set(each.get("dependsOn", [])) for each in document["dependencies"]}


@pytest.mark.parametrize("layer", lockfile.layers())
def test_each_pin_is_a_component_with_its_hashes_and_the_graph_is_what_the_lock_says(
    ready: Clone, tmp_path: Path, layer: str
) -> None:
    file = tmp_path / "sbom.json"
    ready.task("sbom", "--layer", layer, "--output", str(file))
    document = read(file.read_text(encoding="utf-8"))
    pins = lockfile.read(ROOT / f"requirements-{layer}.txt")
    found = {each["name"]: each for each in document.get("components", [])}
    assert {name: each["version"] for name, each in found.items()} == {name: pins[name].version for name in pins}
    for name, pin in pins.items():
        (files,) = found[name]["externalReferences"]
        assert {f"sha256:{each['content']}" for each in files["hashes"]} == pin.hashes
        needing = {ref.split("==")[0] for ref, needed in graph(document).items() if f"{name}=={pin.version}" in needed}
        direct = {DISTRIBUTION} if any(via.startswith("-r") for via in pin.via) else set()
        assert needing == {via for via in pin.via if not via.startswith("-")} | direct


def test_the_project_itself_is_what_it_is_about_with_its_licence() -> None:
    own = of(LOCK)["metadata"]["component"]
    assert (own["name"], own["version"]) == (DISTRIBUTION, VERSION)
    assert own["licenses"]


def test_a_pin_has_its_package_url_and_its_marker() -> None:
    alpha, beta, _ = of(LOCK)["components"]
    assert alpha["purl"] == "pkg:pypi/alpha@1.0%2Blocal.1"
    assert alpha["properties"] == [{"name": sbom.MARKER, "value": 'sys_platform == "win32"'}]
    assert "properties" not in beta


def test_extras_constraints_and_circles_in_the_graph() -> None:
    own = f"{DISTRIBUTION}=={VERSION}"
    assert graph(of(LOCK)) == {
        own: {"alpha==1.0+local.1", "beta==1.5"},
        "alpha==1.0+local.1": set(),
        "beta==1.5": {"alpha==1.0+local.1", "gamma==1.0"},
        "gamma==1.0": {"beta==1.5"},
    }


def test_an_empty_lock_lists_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "ROOT", tmp_path)
    (tmp_path / "requirements-prod.txt").write_text("# nothing\n", encoding="utf-8")
    sbom.write()
    assert not read((tmp_path / "sbom-prod.cdx.json").read_text(encoding="utf-8")).get("components")


@pytest.mark.parametrize("url", [f"https://{WHEEL}", f"http://{WHEEL}"])
def test_a_package_from_a_url_has_that(url: str) -> None:
    (delta,) = of(f"delta @ {url} \\\n    --hash=sha256:{ONE}\n    # via -r requirements.txt\n")["components"]
    assert delta["version"] == "1.0"
    assert [each["url"] for each in delta["externalReferences"]] == [url]
    assert "download_url=http" in delta["purl"]


@pytest.mark.parametrize(
    "url", [f"https://me:secret@{WHEEL}", f"https://{WHEEL}?token=secret", f"file:///secret/{WHEEL}"]
)
def test_a_url_that_may_hold_a_secret_or_a_path_stays_out(url: str) -> None:
    document = of(f"delta @ {url} \\\n    --hash=sha256:{ONE}\n    # via -r requirements.txt\n")
    assert document["components"][0]["purl"] == "pkg:pypi/delta@1.0"
    assert "secret" not in json.dumps(document)


def test_the_same_lock_gives_the_same_bytes_and_another_one_another_serial_number(ready: Clone, tmp_path: Path) -> None:
    for seed in ("1", "2"):
        ready.task("sbom", "--output", str(tmp_path / seed), env={"PYTHONHASHSEED": seed})
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
    assert of(LOCK)["serialNumber"] != of(LOCK.replace(TWO, ONE))["serialNumber"]


def test_the_time_is_what_build_tools_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert "timestamp" not in of(LOCK)["metadata"]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert of(LOCK)["metadata"]["timestamp"].startswith("2023-11-14T22:13:20")


def test_by_default_it_stands_at_the_root_for_git_to_ignore(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(project, "ROOT", tmp_path)
    (tmp_path / "requirements-prod.txt").write_text(LOCK, encoding="utf-8")
    sbom.write()
    assert capsys.readouterr().out == "sbom-prod.cdx.json lists 3 packages.\n"
    assert {path.name for path in tmp_path.iterdir()} == {"requirements-prod.txt", "sbom-prod.cdx.json"}
    assert "/sbom-*.cdx.json\n" in (ROOT / ".gitignore").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--layer", "nosuch"], "There is no requirements-nosuch.txt"),
        (["--layer", "../x"], "--layer takes the NAME"),
        (["--output", "nowhere/sbom.json"], "sbom.json can't be written"),
        (["--output", "tests"], "tests can't be written"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(ready: Clone, arguments: list[str], said: str) -> None:
    done = ready.task("sbom", *arguments, ok=False)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(ready.root.glob("*.new"))


def test_a_layer_that_is_not_locked_yet_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(project, "ROOT", tmp_path)
    with pytest.raises(SystemExit):
        sbom.write("prod")
    assert "There is no requirements-prod.txt" in capsys.readouterr().err
