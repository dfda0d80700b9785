"""What the module `data` reads, what it refuses and in which words, and how it splits."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagifai.data import DataError, Project, load, read, read_titles, split, validate

HEADER = b"title,description,tag\n"
TAGS = {
    "computer-vision",
    "graph-learning",
    "mlops",
    "natural-language-processing",
    "reinforcement-learning",
    "time-series",
}


def parse(content: bytes, labelled: bool = True) -> list[Project]:
    return validate(read(io.BytesIO(content), "my.csv", labelled), "my.csv", labelled)


def test_bundled_rows(bundled: list[Project]) -> None:
    rows = bundled
    assert len(rows) >= 600
    counts = Counter(row.tag for row in rows)
    assert set(counts) == TAGS
    assert counts.most_common()[0][1] >= 3 * counts.most_common()[-1][1]
    titles = [" ".join(row.title.lower().split()) for row in rows]
    assert len(set(titles)) == len(titles)
    described = [" ".join(row.description.lower().split()) for row in rows if row.description]
    assert len(set(described)) == len(described)
    lengths = {len(row.description.split()) // 10 for row in rows}
    assert lengths >= {0, 1, 2, 3, 4}
    for tag in TAGS:
        name = tag.replace("-", " ")
        named = [r for r in rows if r.tag == tag and name in f"{r.title} {r.description}".lower()]
        assert len(named) < counts[tag] / 4


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_bom(newline: str, bom: bytes) -> None:
    text = newline.join(["title,description,tag", "Über,b,x", "", "c,,y", ""])
    assert parse(bom + text.encode()) == [Project("Über", "b", "x", 2), Project("c", "", "y", 4)]


def test_columns_in_any_order_and_more_of_them() -> None:
    content = b"id, Tag ,description,title\n1,x,d,t\n2,y,,u\n"
    assert parse(content) == [Project("t", "d", "x", 2), Project("u", "", "y", 3)]


def test_lines_are_counted_through_quoted_line_breaks() -> None:
    content = HEADER + b'"a\nb","c\n\n",x\nd,e,y\n'
    assert [row.line for row in parse(content)] == [2, 6]


def test_unlabelled_rows_need_no_tag() -> None:
    assert parse(b"title,description\na,b\n", labelled=False) == [Project("a", "b", "", 2)]
    assert parse(b"title,description,tag\na,b,\n", labelled=False) == [Project("a", "b", "", 2)]


REFUSED = {
    "empty file": (b"", 1, "is empty"),
    "blank file": (b"\n\n", 1, "is empty"),
    "only a header": (HEADER, 2, "no rows"),
    "missing column": (b"title,tag\na,x\n", 1, "no column 'description'"),
    "semicolons": (b"title;description;tag\na;b;c\n", 1, "separated by commas"),
    "repeated column": (b"title,title,description,tag\na,b,c,d\n", 1, "two columns 'title'"),
    "empty tag": (HEADER + b"a,b,x\nc,d,\n", 3, "the tag is empty"),
    "tag with a tab": (HEADER + b'a,b,x\nc,d,"x\ty"\n', 3, "control character"),
    "one tag": (HEADER + b"a,b,x\nc,d,x\n", 2, "every row has the tag 'x'"),
    "row cut short": (HEADER + b"a,b,x\nc,d\n", 3, "2 fields, the header 3"),
    "row too long": (HEADER + b"a,b,x\nc,d,e,y\n", 3, "4 fields, the header 3"),
    "file cut in quotes": (HEADER + b'a,b,x\nc,"d\ne', 3, "quotes"),
    "text after quotes": (HEADER + b'a,b,x\n"c"d,e,y\n', 3, "quotes"),
    "nothing but a tag": (HEADER + b"a,b,x\n, ,y\n", 3, "no title and no description"),
    "latin-1": (HEADER + b"a,b,x\ncaf\xe9,b,y\n", 3, "not UTF-8"),
    "UTF-16": ("title,description,tag\na,b,x\n".encode("utf-16"), 1, "Save the file as UTF-8"),
    "UTF-16 without a BOM": ("title,description,tag\n".encode("utf-16-le"), 1, "NUL"),
    "NUL": (HEADER + b"a,b,x\nc,d\0,y\n", 3, "NUL"),
    "huge field": (HEADER + b"a,b,x\nc," + b"d" * 10**7 + b",y\n", 3, "over 131072 characters"),
    "open quote in a long file": (HEADER + b'a,"b,x\n' + b"c,d,y\n" * 10**5, 2, "quotes"),
    "old Mac line ends": (b"title,description,tag\ra,b,x\r", 1, "line ends"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    content, line, words = REFUSED[case]
    with pytest.raises(DataError) as caught:
        parse(content)
    message = str(caught.value)
    assert message.startswith(f"my.csv, line {line}: ")
    assert words in message
    assert message.endswith((".", "description,tag"))
    assert len(message) < 250


def test_unknown_tag_suggests_the_nearest() -> None:
    rows = [Project("a", "", "mlop", 7)]
    with pytest.raises(DataError, match=r"^t.csv, line 7: the tag 'mlop' .*'mlops'"):
        validate(rows, "t.csv", tags={"mlops", "computer-vision"})


@pytest.mark.parametrize("name", ["nowhere.csv", "."])
def test_unreadable_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=name):
        load(name)


def titles(content: bytes) -> list[Project]:
    return read_titles(io.BytesIO(content), "stdin")


def test_titles() -> None:
    assert titles(b"BERT, in short\r\nU-Net\n\n") == [
        Project("BERT, in short", line=1),
        Project("U-Net", line=2),
    ]
    assert titles(b'"title","description"\na,"b,c"\n') == [Project("a", "b,c", "", 2)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "line 1: nothing there"),
        (b" \n\n", "line 1: nothing there"),
        (b"a\n\nb\n", "line 2: no title"),
        (b"a\n" + b"b" * 200_000, "line 2: over 131072"),
        (b"a\n\xff", "line 2: not UTF-8"),
        (b"title\na\n", "line 1: no column 'description'"),
    ],
)
def test_titles_refused(content: bytes, words: str) -> None:
    with pytest.raises(DataError) as caught:
        titles(content)
    assert words in str(caught.value)


TEXT = st.text(max_size=20).map(lambda text: text.replace("\0", "?"))  # NUL is refused
TAG = st.sampled_from(["x", "y", "natural language", "日本"])


@settings(max_examples=50)
@given(st.lists(st.tuples(TEXT, TEXT, TAG), min_size=1), st.sampled_from(["\n", "\r\n"]))
def test_what_csv_writes_is_read(rows: list[tuple[str, str, str]], newline: str) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator=newline, quoting=csv.QUOTE_ALL)
    writer.writerows([("title", "description", "tag"), *rows])
    found = read(io.BytesIO(stream.getvalue().encode()), "my.csv")
    assert [row[:3] for row in found] == [tuple(cell.strip() for cell in row) for row in rows]


@given(st.binary(max_size=60), st.booleans())
def test_any_bytes_are_read_or_refused_in_words(tail: bytes, header: bool) -> None:
    for function in (parse, titles):
        try:
            rows = function(HEADER * header + tail)
        except DataError as error:
            message = str(error)
        else:
            assert all(row.title or row.description for row in rows)
            continue
        assert ", line " in message


def test_a_file_cut_inside_its_last_row_is_refused() -> None:
    last = '"Zoë, ""the"" cat","a\nb",z\n'.encode()
    content = HEADER + b"a,b,x\nc,d,y\n" + last
    assert len(parse(content)) == len(parse(content[:-1])) == 3
    for cut in range(2, len(last)):
        with pytest.raises(DataError, match=r"my\.csv, line 4: "):
            parse(content[:-cut])


ROWS = [Project(f"title {i}", "", "xyz"[i % 10 // 4]) for i in range(100)]


def test_split_is_stratified_and_seeded() -> None:
    train, test = split(ROWS, test_size=0.25, seed=3)
    assert (len(train), len(test)) == (75, 25)
    assert sorted(train + test) == sorted(ROWS)
    assert Counter(row.tag for row in test) == {"x": 10, "y": 10, "z": 5}
    assert split(ROWS, 0.25, 3) == (train, test)
    assert split(ROWS, 0.25, 4) != (train, test)


def test_split_refused() -> None:
    with pytest.raises(DataError, match="line 101: the only row"):
        split([*ROWS, Project("only", "", "lonely")])
    with pytest.raises(DataError, match="Add rows"):
        split(ROWS[:2] + ROWS[4:6] + ROWS[8:10], test_size=0.2)
