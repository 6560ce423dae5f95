import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError, LimitError
from gcode.program import parse_program, read_program
from gcode.words import parse_line


def test_a_line_becomes_commands_and_words() -> None:
    block = parse_line("g01 x-1.50 Y.5 F 1200 ; to the corner")
    assert block.commands == ("G1",)
    assert dict(block.words) == {"X": -1.5, "Y": 0.5, "F": 1200.0}
    assert block.comment == "to the corner"


def test_several_commands_share_a_line_and_letters_may_stand_alone() -> None:
    assert parse_line("G21G90 G17").commands == ("G21", "G90", "G17")
    assert dict(parse_line("G28 X Y").words) == {"X": None, "Y": None}
    assert parse_line("G38.20 Z-5").command == "G38.2"


def test_t_leads_or_belongs_to_a_command() -> None:
    assert parse_line("T1").commands == ("T1",)
    assert parse_line("M104 T1 S200").value("T") == 1.0


def test_numbers_stay_within_what_machines_know() -> None:
    assert parse_line("G1 F0.0000000000001").value("F") == 0
    with pytest.raises(InputError, match="thousand million"):
        parse_line("G1 X" + "9" * 400)


def test_messages_keep_their_text() -> None:
    block = parse_line("M117 Layer 3; of (4)")
    assert (block.command, block.text) == ("M117", "Layer 3; of (4)")
    assert parse_line("M1170 S1").command == "M1170"


@pytest.mark.parametrize("text", ["", "   ", "; only words", "(inline)", "%"])
def test_lines_that_ask_for_nothing(text: str) -> None:
    assert parse_line(text).is_empty


@pytest.mark.parametrize(
    "text", ["G1 X1 X2", "G1 (open", "G1 )", "START_PRINT BED=60", "$H", "G", "G-1", "X1 = 3", "G1 X1*33"]
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_line(text)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InputError):
        assert parse_line(text).raw == text


@given(
    st.dictionaries(
        st.sampled_from("XYZEFIJ"), st.floats(-1e4, 1e4).map(lambda value: round(value, 4)), min_size=1, max_size=5
    )
)
def test_words_survive_writing_and_reading(words: dict[str, float]) -> None:
    line = "G1" + "".join(f" {letter}{value:.4f}" for letter, value in words.items())
    assert dict(parse_line(line).words) == pytest.approx(words)


def test_a_program_keeps_line_numbers_and_hash(tmp_path) -> None:
    path = tmp_path / "part.gcode"
    path.write_bytes(b"; made by hand\r\nG28 ; home\r\n\r\n(note) G1 X1 F600\r\nM117 a;b\r\n%\r\n")
    program = read_program(path)
    assert program.lines == ("G28", "G1 X1 F600", "M117 a;b")
    assert program.numbers == (2, 4, 5)
    assert len(program.sha256) == 64
    assert program.name == "part.gcode"


def test_what_is_no_program_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_program(tmp_path / "absent.gcode")
    with pytest.raises(InputError, match="no command"):
        parse_program(b"; nothing\n")
    with pytest.raises(InputError, match="value 0"):
        parse_program(b"\0\1\2")
    with pytest.raises(LimitError):
        parse_program(b"G1 X" + b"1" * 5000)
    big = tmp_path / "big.gcode"
    big.write_bytes(b"G1 X1\n" * 10)
    with pytest.raises(LimitError):
        read_program(big, max_bytes=20)
    with pytest.raises(InputError, match="part:2"):
        parse_program(b"G1 X1\nG1 (open\n", name="part")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("M486 AFoot.stl id:0 copy 0", "Foot.stl id:0 copy 0"),
        ('M486 S2 A"left foot (2)"', '"left foot (2)"'),
        ("m486 S0 ABOX", "BOX"),
    ],
)
def test_an_object_of_a_plate_has_a_name(line: str, name: str) -> None:
    block = parse_line(line)
    assert (block.command, block.text, block.words) == ("M486", name, {})


@pytest.mark.parametrize("line", ["M486 S0 Ax G1 X500", "M486 Ax_G28", "M486 Afoot M 3", "M486 A{a}", "M486 Aa*5"])
def test_a_name_that_may_be_read_as_a_command_is_no_name(line: str) -> None:
    with contextlib.suppress(InputError):
        assert parse_line(line).text == ""


def test_objects_are_counted_by_words() -> None:
    assert parse_line("M486 S1").words == {"S": 1.0}
    assert parse_line("M486 S-1").words == {"S": -1.0}
