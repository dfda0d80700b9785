"""What is new in the locks is some days old, and what is locked stays, however young."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.template import index
from tests.template.index import wheel
from tests.template.small import Small

FILES = [
    wheel("old", "1.0"),
    wheel("old", "2.0", days=20),
    wheel("fresh", "1.0"),
    wheel("fresh", "2.0", days=2),
    wheel("fresh", "3.0", days=1),
    wheel("newborn", "1.0", days=1),
    wheel("late", "1.0", tag="py3-none-any"),
    wheel("late", "1.0", tag="cp314-cp314-win_amd64", days=1),
]
REQUIRED = "old<2\n"


def test_a_new_line_and_an_upgrade_take_nothing_young(project: Small) -> None:
    assert "days" not in project.freeze()
    project.write(**{"requirements.txt": "old\nfresh\n"})
    assert "Not 7 days old, so not taken: fresh 3.0" in project.freeze()
    assert project.pins("prod") == ["fresh==1.0", "old==1.0"]
    assert "days" not in project.freeze()
    assert "fresh 3.0" in project.freeze("--upgrade")
    assert project.pins("prod") == ["fresh==1.0", "old==2.0"]
    project.freeze("--package=fresh", "--cooldown=0")
    assert project.pins("prod") == ["fresh==3.0", "old==2.0"]


def test_what_is_locked_stays_however_young(project: Small) -> None:
    project.write(**{"requirements.txt": "old<2\nfresh<3\n"})
    project.freeze("--cooldown=0")
    project.write(**{"requirements.txt": "old\nfresh\n"})
    assert "fresh 3.0" in project.freeze("--upgrade")
    assert project.pins("prod") == ["fresh==2.0", "old==2.0"]


def test_what_there_is_only_young_is_refused_with_the_way_out(project: Small) -> None:
    project.write(**{"requirements.txt": "old\nnewborn\n"})
    output = project.freeze(code=1)
    assert "newborn 1.0" in output
    assert output.endswith("To lock all the same: python3 tasks.py freeze --cooldown 0\n")
    project.freeze("--cooldown=0")
    assert "newborn==1.0" in project.pins("prod")
    assert "number of days" in project.freeze("--cooldown=soon", code=2)


def test_a_young_file_of_an_old_release_is_left_out(project: Small) -> None:
    project.write(**{"requirements.txt": "late\n"})
    project.freeze()
    assert project.lock("prod").count("--hash") == 1
    project.freeze("--check")


def test_an_index_that_tells_no_ages_is_named(project: Small) -> None:
    with index.serve([wheel("timeless", "1.0", days=None)]) as other:
        project.write(nb=f"--extra-index-url {other.url}\ntimeless\n")
        output = project.freeze(code=1)
        assert "is missing an upload date" in output  # uv's own words
        assert "not known to be 7 days old: timeless 1.0." in output
        project.freeze("--cooldown=0")
        assert project.pins("nb") == ["timeless==1.0"]


def test_what_is_in_a_folder_stays_where_it_was_taken_once(project: Small, tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    linked = wheel("linked", "1.0")
    (tmp_path / "wheels" / linked.name).write_bytes(linked.content)
    filed = index.written(tmp_path / "index", [wheel("filed", "1.0")])
    where: dict[str, Any] = {
        "PIP_FIND_LINKS": str(tmp_path / "wheels"),
        "PIP_EXTRA_INDEX_URL": filed,
    }
    project.write(nb="linked\nfiled\n")
    assert "not known to be 7 days old: filed 1.0, linked 1.0" in project.freeze(**where, code=1)
    assert "warning" not in project.freeze("--cooldown=0", **where)
    project.write(nb="linked\nfiled\nfresh\n")
    project.freeze(**where)
    assert project.pins("nb") == ["filed==1.0", "fresh==1.0", "linked==1.0"]
    project.write(**{"requirements.txt": "# nothing\n"}, nb="fresh\n")
    assert "warning" not in project.freeze()
