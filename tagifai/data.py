"""Reads, checks and splits projects.

A project has a title, a description and, where it is known, a tag. They come from a CSV file with
those three columns; more columns are ignored, and any two tags or more will do.
"""

from __future__ import annotations

import csv
import difflib
import io
import os
import pkgutil
from collections import Counter
from pathlib import Path
from typing import (
    Collection,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Union,
)

BUNDLED = "datasets/projects.csv"


class Project(NamedTuple):
    """One project. `line` is where it begins in its file (from 1), or 0 without a file."""

    title: str
    description: str = ""
    tag: str = ""
    line: int = 0


class DataError(ValueError):
    """Something is wrong with the data; the message names the file, the line and the fix."""


def load(
    path: Union[str, os.PathLike[str], None] = None,
    labelled: bool = True,
    tags: Optional[Collection[str]] = None,
) -> List[Project]:
    """Read the projects of a CSV file and validate them.

    Args:
        path: a CSV file in UTF-8 with the columns title, description and tag in any order; the
            bundled sample if None.
        labelled: whether the tags are needed. If not, the file may lack that column.
        tags: the only tags allowed; any two or more if None.

    Returns:
        The rows in the file's order.

    Raises:
        DataError: the file can't be read, or `read` or `validate` refuses it.
    """
    if path is None:
        # pkgutil finds it in a folder, a wheel and a zip file alike, on every Python since 3.7
        bundled = pkgutil.get_data(__package__, BUNDLED)
        name = f"{__package__}/{BUNDLED}"
        if bundled is None:
            raise DataError(f"{name}: can't be read from where the package lies. Name a CSV file of your own.")
        projects = read(io.BytesIO(bundled), name, labelled)
    else:
        name = os.fspath(path)
        try:
            with Path(path).open("rb") as stream:
                projects = read(stream, name, labelled)
        except OSError as error:
            raise DataError(f"{name}: {error.strerror}. Name a CSV file you can read.") from None
    return validate(projects, name, labelled, tags)


def read(stream: Iterable[bytes], name: str, labelled: bool = True) -> List[Project]:
    """Read the projects of an open CSV file (RFC 4180, UTF-8 with or without BOM, LF or CRLF).

    Args:
        stream: the file's lines, as a file opened in binary mode gives them.
        name: what to call the file in errors.
        labelled: whether a tag column is needed.

    Returns:
        A project for each row below the header but blank ones, in order, spaces around it removed.

    Raises:
        DataError: wrong encoding, a NUL byte, a missing or repeated column, a row cut short or too
            long, an open quote, or a field over `csv.field_size_limit()` (131,072 by default).
    """
    columns = ["title", "description", "tag"] if labelled else ["title", "description"]
    rows = _rows(stream, name)
    start, header = next(rows, (1, []))
    header = [column.strip().lower() for column in header]
    wanted = f"The first line must name the columns, separated by commas: {','.join(columns)}"
    if not any(header):
        raise _error(name, start, f"the file is empty. {wanted}")
    repeated = [column for column, count in Counter(header).items() if column and count > 1]
    if repeated:
        raise _error(name, start, f"two columns {repeated[0]!r}. Rename or remove one.")
    missing = [column for column in columns if column not in header]
    if missing:
        raise _error(name, start, f"no column {missing[0]!r}. {wanted}")
    places = [header.index(column) for column in columns]
    projects = []
    for line, row in rows:
        if len(row) != len(header):
            raise _error(
                name,
                line,
                f"the row has {len(row)} fields, the header {len(header)}. "
                'Complete the row, or put quotes (") around a field that holds commas.',
            )
        title, description, *tag = [row[place].strip() for place in places]
        projects.append(Project(title, description, "".join(tag), line))
    return projects


def read_titles(stream: Iterable[bytes], name: str) -> List[Project]:
    """Read projects to label: a CSV file or one title a line.

    It is CSV if one of the comma-separated words of its first line is "title". Empty lines at the
    end don't count; others are errors, so that answers and lines stay in step.

    Raises:
        DataError: see `read` and `validate`; or there is nothing, or a title over
            `csv.field_size_limit()`.
    """
    lines = list(stream)
    texts = [text.strip() for text in _decode(lines, name)]
    while texts and not texts[-1]:
        texts.pop()
    if not texts:
        raise _error(name, 1, "nothing there. Give one title a line, or CSV with a header.")
    if "title" in [column.strip(' "').lower() for column in texts[0].split(",")]:
        return validate(read(lines, name, labelled=False), name, labelled=False)
    limit = csv.field_size_limit()
    for number, text in enumerate(texts, 1):
        if len(text) > limit:
            raise _error(name, number, f"over {limit} characters. Give one title a line.")
    projects = [Project(text, line=number) for number, text in enumerate(texts, 1)]
    return validate(projects, name, labelled=False)


def validate(
    projects: Sequence[Project],
    name: str = "the data",
    labelled: bool = True,
    tags: Optional[Collection[str]] = None,
) -> List[Project]:
    """Return the projects as a list if they can be used.

    Args:
        projects: the rows to look at.
        name: what to call them in errors, for instance the file.
        labelled: whether they are for training or scoring, so that each needs a tag.
        tags: the only tags allowed; any if None. Without it there must be two tags at least.

    Raises:
        DataError: no rows; a row with neither title nor description; an empty, unprintable or
            unknown tag; a single tag.
    """
    if not projects:
        raise _error(name, 2, "no rows. Add some below the header.")
    for number, project in enumerate(projects, 1):
        line = project.line or number
        if not (project.title or project.description):
            raise _error(name, line, "no title and no description. Write one or remove the row.")
        if not labelled:
            continue
        if not project.tag:
            raise _error(name, line, "the tag is empty. Write one, or remove the row.")
        if not project.tag.isprintable():
            raise _error(name, line, f"a control character in the tag {project.tag!r}. Remove it.")
        if tags is not None and project.tag not in tags:
            near = difflib.get_close_matches(project.tag, sorted(tags), n=1, cutoff=0)
            raise _error(
                name,
                line,
                f"the tag {project.tag!r} isn't among the training rows'. "
                f"Correct it (to {near[0]!r}?), or train on rows that have it.",
            )
    if labelled and tags is None and len({project.tag for project in projects}) == 1:
        only = f"every row has the tag {projects[0].tag!r}"
        raise _error(name, projects[0].line or 1, f"{only}. Add rows with another: it takes two.")
    return list(projects)


def split(projects: Sequence[Project], test_size: float = 0.2, seed: int = 0) -> Tuple[List[Project], List[Project]]:
    """Split into training and test rows, each with the tags in the same proportions.

    Args:
        projects: labelled rows, at least two of every tag.
        test_size: the share of rows to test on, above 0 and below 1.
        seed: another seed, another split; the same seed, the same split.

    Returns:
        The training rows and the test rows, both shuffled.

    Raises:
        DataError: a tag with one row only, or too few rows for a test share of that size.
    """
    from sklearn.model_selection import train_test_split

    at_least_two(projects)
    tags = [project.tag for project in projects]
    places = list(range(len(tags)))  # not the projects: scikit-learn would take tuples for columns
    try:
        train, test = train_test_split(places, test_size=test_size, random_state=seed, stratify=tags)
    except ValueError as error:
        raise DataError(f"{len(tags)} rows can't be split so: {error} Add rows.") from None
    return [projects[place] for place in train], [projects[place] for place in test]


def at_least_two(projects: Sequence[Project], name: str = "the data") -> None:
    """Raise DataError if a tag has one row only: it can't be both trained and tested on."""
    counts = Counter(project.tag for project in projects)
    for number, project in enumerate(projects, 1):
        if counts[project.tag] == 1:
            raise _error(
                name,
                project.line or number,
                f"the only row with the tag {project.tag!r}. Scoring on the rows trained on takes "
                "two of each tag: add one, or score on other rows.",
            )


def _rows(stream: Iterable[bytes], name: str) -> Iterator[Tuple[int, List[str]]]:
    """Yield every row that isn't blank with the line it begins on."""
    rows = csv.reader(_decode(stream, name), strict=True)
    while True:
        line = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            if "field larger" in str(error):
                limit = csv.field_size_limit()
                text = f"a field over {limit} characters. Shorten it, or close its quotes."
            else:
                text = (
                    "broken quotes or line ends in the row that begins here. Put a field with "
                    "quotes, commas or line breaks in quotes, and double the quotes in it."
                )
            raise _error(name, line, text) from None
        if row:
            yield line, row


def _decode(stream: Iterable[bytes], name: str) -> Iterator[str]:
    """Decode line by line, so that an error can name the line."""
    for number, line in enumerate(stream, 1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise _error(name, number, "not UTF-8 text. Save the file as UTF-8.") from None
        if "\0" in text:  # the csv module refuses it before Python 3.11, and doesn't from then on
            fix = "Remove it; if the file is UTF-16, save it as UTF-8."
            raise _error(name, number, f"a NUL byte. {fix}")
        yield text


def _error(name: str, line: int, text: str) -> DataError:
    return DataError(f"{name}, line {line}: {text}")
