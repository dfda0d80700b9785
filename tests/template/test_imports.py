"""The imports of the template, and of what is made from it, are what requirements.txt names."""

from __future__ import annotations

import re

import pytest

from tests.support import ROOT, Clone, check_imports


def test_this_tree_passes() -> None:
    done = check_imports(ROOT)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    assert "NAME" not in done.stdout


@pytest.mark.parametrize("options", [["churn-lab"], ["churn-lab", "--bare"]], ids=" ".join)
def test_a_project_made_from_it_passes_until_it_imports_what_it_does_not_name(
    unpacked: Clone, options: list[str]
) -> None:
    unpacked.task("rename", *options, "--author=Me", "--email=", "--no-setup")
    done = check_imports(unpacked.root)
    assert done.returncode == 0, done.stderr
    unpacked.append("churn_lab/__init__.py", "\nimport pluggy\n")
    assert "'pluggy' imported but" in check_imports(unpacked.root).stderr


def test_a_bare_project_excepts_nothing(unpacked: Clone) -> None:
    unpacked.task("rename", "churn-lab", "--bare", "--author=Me", "--email=", "--no-setup")
    settings = (unpacked.root / "pyproject.toml").read_text(encoding="utf-8")
    assert re.findall(r"^DEP\d+ = (.*?)  #", settings, re.MULTILINE) == ["[]"] * 3
    assert "module_name_map" not in settings
    assert "plot" not in settings


def test_the_layer_plot_may_be_there_or_not_and_is_no_leave_to_import_more(unpacked: Clone) -> None:
    requirements = (unpacked.root / "requirements.txt").read_text(encoding="utf-8")
    for installed in (False, True):
        if installed:  # deptry takes what Python finds for installed, and Python looks here first
            unpacked.write("matplotlib.py", "")
        unpacked.write("requirements.txt", requirements)
        assert check_imports(unpacked.root).returncode == 0
        unpacked.write("requirements.txt", re.sub("^numpy.*\n", "", requirements, flags=re.MULTILINE))
        assert "'numpy' imported but" in check_imports(unpacked.root).stderr
