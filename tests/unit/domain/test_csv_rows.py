"""CSV: whatever the endings, delimiters and quotes, each record once and under the line that it begins in."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core import limits
from regulars.core.errors import InvalidInput
from regulars.domain.csv_rows import Lines, Record, Table, csv_line, find_columns, read_table


def opened(content: bytes | str, *wanted: str, pieces: int = 1_000_000) -> Table:
    data = content.encode() if isinstance(content, str) else content
    return read_table(Lines(data[at : at + pieces] for at in range(0, len(data), pieces)), wanted or ("a", "b"))


def cells(content: bytes | str, *wanted: str) -> list[list[str]]:
    return [list(record.cells) for record in opened(content, *wanted).records]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=repr)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=repr)
def test_every_ending_and_delimiter_is_read(end, delimiter):
    text = end.join(delimiter.join(row) for row in (["a", "b"], ["1", "2"], ["3", ""]))
    assert cells(text) == [["1", "2"], ["3", ""]]
    assert cells(text + end) == [["1", "2"], ["3", ""]]


def test_a_byte_order_mark_is_dropped():
    assert cells(b"\xef\xbb\xbfa,b\n1,2\n") == [["1", "2"]]


def test_quoted_cells_hold_delimiters_quotes_and_new_lines():
    assert cells('a,b\n"1,1","2\n2"\n"""x""",y\n') == [["1,1", "2\n2"], ['"x"', "y"]]


def test_a_record_is_told_by_the_line_that_it_begins_in():
    records = list(opened('\na,b\n"1\n1",2\n\n , \n3,4\n').records)
    assert records == [Record(3, ["1\n1", "2"]), Record(7, ["3", "4"])]


def test_a_quoted_header_may_go_over_lines():
    table = opened('"first\nname",b\n1,2\n', "first\nname", "b")
    assert [record.cells for record in table.records] == [["1", "2"]]


def test_the_delimiter_is_the_one_under_which_all_columns_are_found():
    assert cells("a;b,c\n1;2\n", "a", "b,c") == [["1", "2"]]
    assert cells("a,b;c\n1,2\n", "a", "b;c") == [["1", "2"]]


def test_columns_are_named_exactly_or_else_without_case_and_spaces():
    assert find_columns(["Phone ", "phone", "NAME"], ["phone", "Name", "age"]) == {"phone": 1, "Name": 2}
    assert find_columns(["PHONE", "Phone"], ["phone"]) == {"phone": 0}
    assert find_columns(["a", "a"], ["a"]) == {"a": 0}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "The file is empty: its first line must name the columns"),
        ("\n \n,,\n", "The file is empty: its first line must name the columns"),
        ("a,x\n1,2\n", "The file has no column 'b'"),
        ("x;b\n1;2\n", "The file has no column 'a'"),
        ("x\n", "The file has no column 'a', 'b'"),
    ],
)
def test_a_header_that_does_not_do_is_told(content, told):
    with pytest.raises(InvalidInput) as error:
        opened(content)
    assert error.value.message == told


@pytest.mark.parametrize("bad", [b"\xff", b"\xc3", b"\xed\xa0\x80", "é".encode("latin-1")], ids=repr)
def test_a_byte_that_is_no_utf8_is_told_by_its_line(bad):
    table = opened(b"a,b\n1,2\n3," + bad + b"\n5,6\n", pieces=5)
    assert next(table.records).cells == ["1", "2"]
    with pytest.raises(InvalidInput, match="Line 3 is not UTF-8"):
        list(table.records)


def test_a_line_of_the_most_bytes_is_read_and_one_more_is_not():
    long = limits.IMPORT_LINE_BYTES_MAX
    row = ",".join(["x" * 100_000] * 10)
    fitting = row + "," * (long - len(row) - 1) + "\n"
    assert len(list(opened(f"a,b\n{fitting}1,2\n").records)) == 2
    with pytest.raises(InvalidInput, match=f"Line 2 is longer than {long} bytes"):
        list(opened(f"a,b\n,{fitting}1,2\n").records)


def test_a_line_without_an_end_is_not_gathered_for_ever():
    handed = 0

    def endless():
        nonlocal handed
        while True:
            handed += 1
            yield b"x" * 65_536

    with pytest.raises(InvalidInput, match="Line 1 is longer"):
        read_table(Lines(endless()), ["a"])
    assert handed <= limits.IMPORT_LINE_BYTES_MAX // 65_536 + 2


def counted(line: bytes, handed: list[int]):
    """That line without an end."""
    while True:
        handed.append(len(line))
        yield line


def test_blank_lines_before_the_names_of_the_columns_are_not_kept_for_ever():
    handed: list[int] = []
    with pytest.raises(InvalidInput, match="The names of the columns must stand within the first"):
        read_table(Lines(counted(b" \n" * 1000, handed)), ["a"])
    assert sum(handed) <= limits.IMPORT_LINE_BYTES_MAX + 2000


def test_a_record_over_many_lines_is_not_gathered_for_ever():
    handed: list[int] = []

    def pieces():
        yield b'a,b\n1,2\n3,"\n'
        yield from counted(b'4","5\n' * 1000, handed)

    table = read_table(Lines(pieces()), ["a"])
    assert next(table.records).cells == ["1", "2"]
    with pytest.raises(InvalidInput, match="The record in line 3 is longer than"):
        next(table.records)
    assert sum(handed) <= limits.IMPORT_LINE_BYTES_MAX + 6000


def test_many_records_may_be_longer_together_than_one_may_be():
    lines = limits.IMPORT_LINE_BYTES_MAX // 1000 + 2
    assert len(cells("a,b\n" + f"1,{'x' * 997}\n" * lines)) == lines


def test_a_cell_of_the_most_characters_is_read_and_one_more_is_not():
    most = csv.field_size_limit()
    assert len(cells(f"a,b\n1,{'x' * most}\n")[0][1]) == most
    with pytest.raises(InvalidInput, match="in line 2"):
        cells(f"a,b\n1,{'x' * (most + 1)}\n")


def test_a_quote_that_is_never_closed_is_told():
    table = opened('a,b\n1,2\n3,"4\n5,6\n')
    assert next(table.records).cells == ["1", "2"]
    with pytest.raises(InvalidInput, match="in line 3 has a quote that is never closed"):
        list(table.records)


def test_a_wrong_quote_spoils_its_own_line_alone():
    records = list(opened('a,b\n"1"x,2\n3,4\n').records)
    assert records == [Record(2, (), is_valid=False), Record(3, ["3", "4"])]


def test_a_quote_inside_a_plain_cell_is_a_quote():
    assert cells('a,b\n5" pipe,2\n') == [['5" pipe', "2"]]


def test_bytes_are_counted_up_to_the_record_that_was_handed_out():
    data = 'a,b\n1,2\n"3\né",4\n5,6'.encode()
    lines = Lines([data])
    table = read_table(lines, ["a"])
    seen = [lines.bytes_done for _ in table.records]
    assert seen == [8, 17, len(data)]
    assert lines.bytes_done == len(data)


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@given(
    table=st.lists(st.lists(texts, min_size=3, max_size=3), max_size=8),
    pieces=st.integers(1, 20),
    delimiter=st.sampled_from(",;\t"),
)
def test_what_was_written_is_read_whatever_the_pieces(table, pieces, delimiter):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([["a", "b", "c"], *table])
    found = opened(out.getvalue(), "a", "b", "c", pieces=pieces)
    kept = [row for row in table if any(cell.strip() for cell in row)]
    assert [list(record.cells) for record in found.records] == kept


def test_a_line_of_csv_is_quoted_where_it_must_be():
    assert csv_line(("1", "a,b", 'c"d')) == '1,"a,b","c""d"\r\n'
