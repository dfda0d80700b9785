"""Outdated: what has a newer release, and what holds each back."""

from __future__ import annotations

from pathlib import Path

from tests.template import small
from tests.template.index import sdist, wheel


def test_each_that_is_outdated_is_listed_with_its_reason(tmp_path: Path) -> None:
    files = [
        *(wheel(name, v) for name in ("bounded", "free", "current", "held") for v in ("1.0",)),
        *(wheel(name, "2.0", days=30) for name in ("bounded", "free", "held")),
        wheel("holding", "1.0", "held<2"),
        wheel("young", "1.0"),
        wheel("young", "2.0", days=1),
        wheel("needy", "1.0"),
        wheel("needy", "2.0", "sourced"),
        sdist("sourced", "1.0", "raise SystemExit('this is not to be run')"),
    ]
    lines = ["bounded", "free", "current", "held", "holding", "young", "needy"]
    with small.made(tmp_path, files) as project:
        project.settings("cooldown = 7")
        old = "".join(f"{name}==1.0\n" for name in lines)
        project.write(**{"requirements.txt": old}, nb="young\n")
        project.freeze()
        new = "\n".join(lines).replace("bounded", "bounded<2")
        project.write(**{"requirements.txt": new})
        output = project.call("outdated")
        table = output[output.index("Package") :].splitlines()
        rows = {line.split()[0]: line.split(maxsplit=3) for line in table}
        assert rows["bounded"][1:] == ["1.0", "2.0", "“bounded<2” in requirements.txt, line 1"]
        assert rows["free"][3] == "python3 tasks.py freeze --package free"
        assert rows["held"][3] == "what other packages need"
        assert rows["young"][3] == "python3 tasks.py freeze --package young"
        assert rows["needy"][3] == "what other packages need"
        assert "needy is 1.0 and not 2.0" in output
        assert "sourced" in output
        assert "current" not in rows
        assert output.endswith("All that nothing holds back: python3 tasks.py freeze --upgrade\n")
        project.write(**{"requirements.txt": "current\n"}, nb="current\n")
        project.freeze()
        assert "No direct requirement" in project.call("outdated")
