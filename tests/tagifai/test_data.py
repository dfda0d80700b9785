"""What the module `data` reads, what it refuses and why, and how it splits."""

from __future__ import annotations

import csv
import io
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagifai.data import DataError, Project, parse, parse_titles, split, validate

HEADER = b"title,description,tag\n"


def rows_of(content: bytes, labelled: bool = True) -> list[Project]:
    return validate(parse(content, "my.csv", labelled), "my.csv", labelled)


def test_bundled_rows(bundled: list[Project]) -> None:
    counts = Counter(row.tag for row in bundled)
    assert len(bundled) >= 600
    assert len(counts) == 6
    assert len({row.title.casefold() for row in bundled}) == len(bundled)
    for tag, count in counts.items():  # few texts give their tag away
        name = tag.replace("-", " ")
        assert sum(row.tag == tag and name in row.text.lower() for row in bundled) < count / 4


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_and_bom(newline: str) -> None:
    text = newline.join(["title,description,tag", "Über,b,x", "", "c,,y", ""])
    rows = [Project("Über", "b", "x", 2), Project("c", "", "y", 4)]
    assert rows_of(text.encode()) == rows_of(text.encode("utf-8-sig")) == rows


def test_columns_in_any_order_and_more_of_them() -> None:
    content = b"id, Tag ,description,title\n1,x,d,t\n2,y,,u\n"
    assert rows_of(content) == [Project("t", "d", "x", 2), Project("u", "", "y", 3)]
    assert rows_of(b"description,title\nd,t\n", labelled=False) == [Project("t", "d", "", 2)]


def test_lines_are_counted_through_quoted_line_breaks() -> None:
    rows = rows_of(HEADER + b'"a\nb","c\n\n",x\nd,e,y\n')
    assert [row.line for row in rows] == [2, 6]


REFUSED = {
    "empty file": (b"", 1, "is empty"),
    "missing column": (b"title,tag\na,x\n", 1, "no column 'description'"),
    "repeated column": (b"title,title,description,tag\na,b,c,d\n", 1, "two columns 'title'"),
    "empty tag": (HEADER + b"a,b,x\nc,d,\n", 3, "the tag is empty"),
    "tag with a tab": (HEADER + b'a,b,x\nc,d,"x\ty"\n', 3, "control character"),
    "one tag": (HEADER + b"a,b,x\nc,d,x\n", 2, "every row has the tag 'x'"),
    "row cut short": (HEADER + b"a,b,x\nc,d\n", 3, "2 fields, the header 3"),
    "file cut in quotes": (HEADER + b'a,b,x\nc,"d\ne', 3, "quotes"),
    "nothing but a tag": (HEADER + b"a,b,x\n, ,y\n", 3, "no title and no description"),
    "UTF-16": ("title,description,tag\na,b,x\n".encode("utf-16"), 1, "Save the file as UTF-8"),
    "NUL": (HEADER + b"a,b,x\nc,d\0,y\n", 3, "NUL"),
    "huge field": (HEADER + b"a,b,x\nc," + b"d" * 10**6 + b",y\n", 3, "limit (131072)"),
    "open quote in a long file": (HEADER + b'a,"b,x\n' + b"c,d,y\n" * 10**5, 2, "quotes"),
    "old Mac line ends": (b"title,description,tag\ra,b,x\r", 1, "new-line"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    content, line, words = REFUSED[case]
    with pytest.raises(DataError) as caught:
        rows_of(content)
    message = str(caught.value)
    assert message.startswith(f"my.csv, line {line}: ")
    assert words in message
    assert len(message) < 250


def test_titles() -> None:
    titles = [Project("BERT, in short", line=1), Project("U-Net", line=2)]
    assert parse_titles(b"BERT, in short\r\nU-Net\n\n", "stdin") == titles
    projects = parse_titles(b'"title","description"\na,"b,c"\n', "stdin")
    assert projects == [Project("a", "b,c", "", 2)]


def test_titles_refused() -> None:
    for content, words in {
        b" \n\n": "line 1: no titles",
        b"a\n\nb\n": "line 2: no title",
        b"title\na\n": "line 1: no column 'description'",
    }.items():
        with pytest.raises(DataError, match=words):
            parse_titles(content, "stdin")


TEXT = st.text(max_size=20).map(lambda text: text.replace("\0", "?"))  # NUL is refused


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=4), st.sampled_from(["\n", "\r\n"])
)
def test_what_csv_writes_is_read(rows: list[tuple[str, str, str]], newline: str) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator=newline, quoting=csv.QUOTE_ALL)
    writer.writerows([("title", "description", "tag"), *rows])
    projects = parse(stream.getvalue().encode(), "my.csv")
    assert [row[:3] for row in projects] == [tuple(cell.strip() for cell in row) for row in rows]


@settings(deadline=None)
@given(st.binary(max_size=60), st.booleans())
def test_any_bytes_are_read_or_refused(tail: bytes, header: bool) -> None:
    try:
        rows = rows_of(HEADER * header + tail)
    except DataError as error:
        assert "my.csv, line " in str(error)
    else:
        assert all(row.title or row.description for row in rows)


def test_split() -> None:
    rows = [Project(f"title {i}", "", "xyz"[i % 10 // 4]) for i in range(100)]
    train, test = split(rows, test_size=0.25, seed=3)
    assert sorted(train + test) == sorted(rows)
    assert Counter(row.tag for row in test) == {"x": 10, "y": 10, "z": 5}
    assert split(rows, 0.25, 3) == (train, test) != split(rows, 0.25, 4)
    with pytest.raises(DataError, match="line 101: the only row"):
        split([*rows, Project("only", "", "lonely")])
    with pytest.raises(DataError, match="Add rows"):
        split(rows[:2] + rows[4:6] + rows[8:10], test_size=0.2)
