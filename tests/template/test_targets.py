"""Targets: whether each lock can be installed on each system and Python."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support import run
from tests.template import small
from tests.template.index import wheel
from tests.template.small import Small


def test_targets_tell_where_a_lock_cannot_be_installed(tmp_path: Path) -> None:
    tags = ["manylinux_2_17_x86_64", "manylinux_2_17_aarch64", "macosx_14_0_arm64", "win_amd64"]
    files = [
        wheel("plain", "1.0", 'winonly; sys_platform == "win32"'),
        wheel("winonly", "1.0", tag="py3-none-win_amd64"),
        *(wheel("tensor", "1.0", tag=f"py3-none-{tag}") for tag in tags),
    ]
    with small.made(tmp_path, files) as project:
        project.settings('pythons = ["3.11", "3.14"]')
        project.write(**{"requirements.txt": "plain\n"}, nb="tensor\n")
        project.freeze()
        output = project.call("targets", [], code=1)
        rows = {
            line.split("  ")[0]: line.count("✓") for line in output.splitlines() if ", " in line
        }
        assert rows["prod, windows"] == rows["nb, macos arm64"] == rows["nb, windows"] == 2
        assert rows["nb, macos x86-64"] == 0
        assert "nb, macos x86-64: " in output
        assert "tensor" in output
        assert "`systems`" in output
        systems = '["linux x86-64", "macos arm64", "windows"]'
        project.settings(f'systems = {systems}\npythons = ["3.11", "3.12"]')
        assert "Each lock can be installed on all of them." in project.call("targets", [])
        project.settings('systems = ["atari"]')
        assert "may be: linux x86-64, " in project.call("targets", [], code=2)
        _other_hashes(project)


def _other_hashes(project: Small) -> None:
    project.settings('systems = ["windows"]\npythons = ["3.12"]')
    path = project.root / "requirements-nb.txt"
    path.write_text(path.read_text().replace("sha256:", "sha256:0"))
    output = project.call("targets", ["nb"], code=1)
    assert "freeze --package tensor" in output
    path = project.root / "requirements-prod.txt"
    path.write_text(path.read_text().partition("winonly")[0])
    assert "no winonly" in project.call("targets", ["prod"], code=1)


def test_torch_is_locked_for_each_system(tmp_path: Path) -> None:
    """By the real index: metadata alone, as its wheels are gigabytes."""
    probe = "-m pip download -q --no-deps --retries 0 iniconfig -d".split()
    if run(sys.executable, *probe, tmp_path, env=os.environ, ok=False).returncode:
        pytest.skip("no package index can be reached")
    project = Small(tmp_path / "deep")
    project.env.update({n: v for n, v in os.environ.items() if n.startswith("PIP_")})
    project.env["PIP_FIND_LINKS"] = ""
    systems = '["linux x86-64", "macos arm64", "macos x86-64"]'
    project.settings(f'cooldown = 0\nsystems = {systems}\npythons = ["3.12"]')
    project.write(deep="torch\nuvicorn[standard]\n")
    project.freeze()
    pins = project.pins("deep")
    assert any(pin.startswith("nvidia-") for pin in pins)
    assert all("sys_platform == 'linux'" in pin for pin in pins if pin.startswith("nvidia-"))
    assert any(pin.startswith("uvloop") and "win32" in pin for pin in pins)
    output = project.call("targets", ["deep"], code=1)
    gaps = [line for line in output.splitlines() if line.startswith("deep, ") and "✗" in line]
    assert [line.split("  ")[0] for line in gaps] == ["deep, macos x86-64"]
