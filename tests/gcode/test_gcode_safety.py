import pytest

from core.errors import InputError
from gcode.facts import Bounds
from gcode.program import parse_program
from gcode.safety import SafetyPolicy, Violation, check_program
from gcode.safety_rules import ALLOWED, REFUSED

PRINTER = SafetyPolicy(
    "marlin",
    envelope_mm=Bounds((0, 0, 0), (220, 220, 250)),
    max_hotend_c=250,
    max_bed_c=90,
    max_feed_mm_min=12000,
)
ROUTER = SafetyPolicy("grbl", envelope_mm=Bounds((0, 0, -20), (400, 300, 50)), max_feed_mm_min=3000, max_power=12000)


def check(text: str | bytes, policy: SafetyPolicy) -> tuple[Violation, ...]:
    return check_program(parse_program(text.encode() if isinstance(text, str) else text), policy)


def test_an_honest_print_passes() -> None:
    text = "M201 X1000 E5000\nM203 X200 Z12\nM204 P1250 R1250\nM205 X8 E4.5\n"
    text += "M140 S60\nM104 S210\nG28\nG29\nM190 S60\nM109 S210\nM83\nG1 X10 Y10 E1 F1200\nM106 S255\nM117 Layer 1\n"
    assert check(text + "M107\nM104 S0\nM140 S0\nM84\n", PRINTER) == ()


def test_an_honest_cut_passes() -> None:
    head = "%\n(pocket)\nG21 G90 G17 G54\nM3 S10000\nG0 X10 Y10 Z5\n"
    assert check(head + "G1 Z-3 F200\nG2 X20 Y10 I5 J0 F800\nG0 Z5\nM5\nM30\n%\n", ROUTER) == ()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("M500", "stored settings"),
        ("M92 X100", "calibration"),
        ("M997", "firmware update"),
        ("M302 P1", "protection"),
        ("M28 x.gco", "files"),
        ("M118 A1 action:cancel", "host"),
        ("M110 N5", "sender"),
        ("M112", "sender"),
        ("M600", "person"),
        ("M42 P1 S255", "pins"),
        ("G12345", "not on the list"),
        ("N10 G1 X1", "line numbers"),
        ("G1 X1*33", "checksums"),
        ("@pause", "print server"),
        ("$H", "settings or system"),
        ("[ESP444]RESTART", "web interface"),
        ("RUN_SHELL_COMMAND CMD=x", "not a word"),
        ("M104 S300", "300 C"),
        ("M109 R260", "260 C"),
        ("M190 S95", "95 C"),
        ("M201 X30000", "acceleration"),
        ("M204 P500 T90000", "acceleration"),
        ("M205 X8 Y80", "jump of speed"),
        ("G1 X221 F600", "outside"),
        ("G1 Z-1 F600", "outside"),
        ("G1 X10 F99999", "feed"),
        ("G1 X10 F0", "never arrives"),
        ("M3 S100", "no highest power of a spindle or laser"),
        ("M117 h\xe9llo", "0xE9"),
        ("M117 J-1 end", "mark"),
        ("G1 X" + "0" * 90, "signs"),
        ("M808 L0", "loops"),
    ],
)
def test_a_dangerous_line_is_named(line: str, reason: str) -> None:
    found = check(f"G28\n; a comment\n{line}\nM104 S0\nM140 S0\nM5\n".encode("latin-1"), PRINTER)
    assert [violation.line for violation in found] == [3]
    assert reason in str(found[0])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("$RST=*", "settings"),
        ("G1 X1 F100 !", "realtime"),
        ("G10 L2 P1 X0", "stores"),
        ("G28", "stored position"),
        ("G92 X0", "shifts"),
        ("G38.2 Z-10 F50", "probes"),
        ("M6 T2", "person"),
        ("G1 X1 F100 S13000", "S13000"),
        ("G2 X100 Y0 I50 J0 F100", "Y"),
        ("M104 S200", "not on the list"),
        ("G1 X1\x18", "0x18"),
    ],
)
def test_a_dangerous_line_for_a_router_is_named(line: str, reason: str) -> None:
    policy = SafetyPolicy("grbl", envelope_mm=Bounds((0, 0, 0), (400, 40, 50)), max_power=12000)
    found = check(f"G21\n{line}\nM5\n".encode("latin-1"), policy)
    assert found
    assert found[0].line == 2
    assert any(reason in str(violation) for violation in found)


def test_what_is_left_on_at_the_end_is_found() -> None:
    assert "heater" in check("M104 S200\nG28\n", PRINTER)[0].reason
    assert "bed" in check("M140 S50\nG28\n", PRINTER)[0].command
    assert "spindle" in check("M3 S100\nG0 X1\n", ROUTER)[0].reason
    assert check("M104 S200\nT0\nM104 T0 S0\n", PRINTER) == ()
    assert len(check("M104 T1 S200\nM104 S0\n", PRINTER)) == 1


def test_a_machine_may_allow_more() -> None:
    policy = SafetyPolicy("marlin", extra_commands=frozenset({"M600"}))
    assert check("M600\n", policy) == ()


def test_the_number_of_violations_is_bounded() -> None:
    assert len(check("M500\n" * 500, PRINTER)) == PRINTER.max_violations


def test_bad_policies_are_refused() -> None:
    with pytest.raises(InputError):
        SafetyPolicy("logo")
    with pytest.raises(InputError):
        SafetyPolicy("marlin", max_hotend_c=-1)
    with pytest.raises(InputError):
        SafetyPolicy("marlin", max_violations=0)


def test_no_reason_is_given_for_what_every_dialect_allows() -> None:
    everywhere = frozenset.intersection(*ALLOWED.values())
    for table in REFUSED.values():
        assert not everywhere & table.keys()


def test_heat_without_a_stated_limit_is_refused_as_that() -> None:
    (found,) = check_program(parse_program(b"M104 S215\nM104 S0\n", name="a.gcode"), SafetyPolicy("marlin"))
    assert (found.line, found.reason) == (1, "215 C: how hot the machine's hotend may become is not stated")
