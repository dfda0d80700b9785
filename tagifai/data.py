"""Read, check and split projects.

They are read from CSV files with the columns title, description and, where it is known, tag.
More columns are ignored, and any two tags or more will do.
"""

from __future__ import annotations

import csv
import difflib
import io
import os
import pkgutil
from collections import Counter
from pathlib import Path
from typing import Collection, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

BUNDLED = "datasets/projects.csv"


class Project(NamedTuple):
    """A project; `line` is where it begins in its file, from 1, or 0 if it is from no file."""

    title: str
    description: str = ""
    tag: str = ""
    line: int = 0

    @property
    def text(self) -> str:
        """Title and description: what the model reads."""
        return f"{self.title} {self.description}"


class DataError(ValueError):
    """The data can't be used; the message says where, why and how to fix it."""

    @classmethod
    def at(cls, name: str, line: int, text: str) -> DataError:
        """Return the error for a line of a file."""
        return cls(f"{name}, line {line}: {text}")


def load(
    path: Union[str, os.PathLike[str], None] = None,
    labelled: bool = True,
    tags: Optional[Collection[str]] = None,
) -> List[Project]:
    """Return the projects of a CSV file, or of the bundled one if `path` is None.

    Raise DataError if it can't be read, or see `parse` and `validate`, which explain the options.
    """
    name = f"{__package__}/{BUNDLED}" if path is None else os.fspath(path)
    try:
        if path is None:  # pkgutil finds it in a folder and a zip file alike, on Python 3.7, too
            content = pkgutil.get_data(__package__, BUNDLED) or b""
        else:
            content = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{name}: {error.strerror}. Name a CSV file you can read.") from None
    return validate(parse(content, name, labelled), name, labelled, tags)


def parse(content: bytes, name: str, labelled: bool = True) -> List[Project]:
    """Return the projects of a CSV file's content, without spaces around their fields.

    The format is RFC 4180 in UTF-8, with or without a byte order mark; blank lines are skipped.
    The columns are title and description, and tag if `labelled`, in any order.

    Raise DataError, with the file's `name`, for another encoding, a missing or repeated column,
    a row that is too short or too long, open quotes, or a field over `csv.field_size_limit()`.
    """
    columns = ["title", "description", "tag"] if labelled else ["title", "description"]
    rows = _rows(_decode(content, name), name)
    start, header = next(rows, (1, []))
    header = [column.strip().lower() for column in header]
    fix = f"The first line must name each column, separated by commas: {','.join(columns)}"
    if not any(header):
        raise DataError.at(name, start, f"the file is empty. {fix}")
    for column in columns:
        if header.count(column) != 1:
            number = "two columns" if column in header else "no column"
            raise DataError.at(name, start, f"{number} {column!r}. {fix}")
    places = [header.index(column) for column in columns]
    projects = []
    for line, row in rows:
        if len(row) != len(header):
            problem = f"the row has {len(row)} fields, the header {len(header)}"
            raise DataError.at(name, line, f"{problem}. Put quotes around fields with commas.")
        title, description, *tag = (row[place].strip() for place in places)
        projects.append(Project(title, description, "".join(tag), line))
    return projects


def parse_titles(content: bytes, name: str) -> List[Project]:
    """Return the projects to label in a text: one title a line, or CSV with a column "title".

    Raise DataError if it is empty, or has a blank line between titles, so that answers and lines
    stay in step; or see `parse` and `validate`.
    """
    titles = [line.strip() for line in _decode(content, name).rstrip().split("\n")]
    if titles == [""]:
        raise DataError.at(name, 1, "no titles. Write one a line, or CSV with a header.")
    if "title" in [column.strip(' "').lower() for column in titles[0].split(",")]:
        projects = parse(content, name, labelled=False)
    else:
        projects = [Project(title, line=line) for line, title in enumerate(titles, 1)]
    return validate(projects, name, labelled=False)


def validate(
    projects: Sequence[Project],
    name: str = "the data",
    labelled: bool = True,
    tags: Optional[Collection[str]] = None,
) -> List[Project]:
    """Return the projects as a list if they can be used.

    If `labelled`, they are to train or score with: each needs a printable tag, one of `tags` if
    given; otherwise there must be two tags or more.

    Raise DataError, with the file's `name`, for no projects, a project with neither title nor
    description, or tags that aren't as above.
    """
    if not projects:
        raise DataError.at(name, 2, "no rows. Add some below the header.")
    for number, project in enumerate(projects, 1):
        if not (project.title or project.description):
            problem = "no title and no description. Write one or remove the row."
        elif not labelled:
            continue
        elif not project.tag:
            problem = "the tag is empty. Write one or remove the row."
        elif not project.tag.isprintable():
            problem = f"a control character in the tag {project.tag!r}. Remove it."
        elif tags is not None and project.tag not in tags:
            nearest = difflib.get_close_matches(project.tag, sorted(tags), n=1, cutoff=0)[0]
            problem = f"no training row has the tag {project.tag!r}. Did you mean {nearest!r}?"
        else:
            continue
        raise DataError.at(name, project.line or number, problem)
    if labelled and tags is None and len({project.tag for project in projects}) == 1:
        problem = f"every row has the tag {projects[0].tag!r}. Add rows with another."
        raise DataError.at(name, projects[0].line or 1, problem)
    return list(projects)


def check_two_each(projects: Sequence[Project], name: str = "the data") -> None:
    """Raise DataError if a tag has one row only, which can't be both trained and tested on."""
    counts = Counter(project.tag for project in projects)
    for number, project in enumerate(projects, 1):
        if counts[project.tag] == 1:
            problem = f"the only row with the tag {project.tag!r}. Add one, or score on others."
            raise DataError.at(name, project.line or number, problem)


def split(
    projects: Sequence[Project], test_size: float = 0.2, seed: int = 0
) -> Tuple[List[Project], List[Project]]:
    """Return the rows to train on and the share `test_size` of rows to test on, shuffled.

    Both have the tags in the same proportions. Raise DataError if there are too few rows of a tag.
    """
    from sklearn.model_selection import train_test_split

    check_two_each(projects)
    rows, tags = list(projects), [project.tag for project in projects]
    try:
        train, test = train_test_split(rows, test_size=test_size, random_state=seed, stratify=tags)
    except ValueError as error:
        raise DataError(f"{len(rows)} rows can't be split so: {error} Add rows.") from None
    return train, test


def _decode(content: bytes, name: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise DataError.at(name, line, "not UTF-8 text. Save the file as UTF-8.") from None
    if "\0" in text:  # the csv module accepts it since Python 3.11
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError.at(name, line, "a NUL character. Remove it, or save UTF-16 as UTF-8.")
    return text


def _rows(text: str, name: str) -> Iterator[Tuple[int, List[str]]]:
    """Yield each row that isn't blank, with the line it begins on."""
    rows = csv.reader(io.StringIO(text, newline="\n"), strict=True)
    line = 1
    try:
        for row in rows:
            if row:
                yield line, row
            line = rows.line_num + 1
    except csv.Error as error:
        problem = f"the row that begins here isn't CSV ({error})"
        fix = "Put quotes around a field with commas or quotes, and double those within."
        raise DataError.at(name, line, f"{problem}. {fix}") from None
