"""Small programs of our own making, and lines to draw from."""

from hypothesis import strategies as st

COMMON_LINES = (
    "G0 X10 Y10 F3000", "G1 X20.5 Y-3 E1.25 F1200", "G1 X0.1 E.2", "G1 E-0.8 F2400", "G1 E0.8", "G1 Z0.4 F600",
    "G1 Z.6",
    "X5", "Y7.25 S300", "G1 F900", "G1", "G0", "G92 E0", "G92", "G92 X1 Y2", "G90", "G91", "M82", "M83", "G20", "G21",
    "G2 X10 Y0 I5 J0", "G3 X3 Y3 R4", "G2 I2 J0 E3", "G3 X1 Y1 Z1 I3 J-2 F500", "G2 X0 Y8 R-5", "G3 X50 R1",
    "G17", "G18", "G19", "G2 X4 Z4 I2 K2", "G3 Y4 Z4 J2 K2", "G2 X1 I1 P2",
    "G4 P500", "G4 S1.5", "G10", "G11", "G10 S1", "G10 L2 P1 X0", "M207 S2 F1800", "M208 S1 F600", "G28",
    "G28 X", "G28 Z0",
    "M204 S500", "M204 P800 T1200", "M204 R300", "M204 S-5 T7", "M205 X8 Z0.4", "M205 J0.03", "M205 S5 T10",
    "M205 Y3 E2",
    "M201 X500 Y500 Z100 E5000", "M201 X90000", "M204 T90000", "M205 X90",
    "M203 X100 Z5", "M203 E0", "M566 X600 Y600", "M104 S200", "M109 S210 T1", "M140 S60",
    "M190 S60", "M190 R50", "M109", "M106 S128", "M106", "M107", "M73 P10 R3", "M117 done; (it", "M118 A1 x", "M23 x.g",
    "M486 T2", "M486 S0 A\"box 1\"", "M486 AFoot.stl id:0 copy 0", "M486 ABOX",
    "M3 S500", "M4 S100", "M5", "M3 S0 X5", "S400", "T0", "T1", "M6 T2", "G53 G0 X3", "G90 G0 X4", "G21 G17 G1 X2 F100",
    "M30", "M2", "M84", "M400", "G29", "G29 X5", "G54", "G80", "; LAYER:1", "(note)", "G1 (in) X4", "%", "", "G1.0 X3",
    "g1x4y5", "G01 X07.50", "G1 X+4", "M05", "G1 X123456789012345", "G1 X0.1234567890123456", "G1 X-0", "T01",
    "M104 T0 S0", "SET_VELOCITY_LIMIT ACCEL=700 ACCEL_TO_DECEL=350", "EXCLUDE_OBJECT_END NAME=a",
    "G1 X5 T3",
    "G1 H2 X5", "G1 X4 Y4 E1 F60000", "G1 X1 F0", "G1 X2 F-5", "M862.3 P x", "M117", "G1 X5 ; to (the", "  G1\tX3  ",
)  # fmt: skip
ODD_LINES = (
    "G1 X", "G1 X1 X2", "G5 X1", "G93", "$H", "START_PRINT BED=60", "G", "G-1", "X1 = 3", "G1 X1*33", "G1 (x", "G1 )",
    "T", "M", "G1 X.", "G1 X-", "G1 X1e5", "G1 X99999999999", "G2 X5", "G2 X5 R0", "G3 X500 R1", "N10 G1 X1",
    "G1 X1.2.3",
    "M30 file",
    "M486 S0 Ax G1 X500", "M486 A", "M486 S1 S2",
    "M0117 x", "M 117 H1", "M117.5", "M1170 S1", "T1.5", "T-1", "G38.2 Z-5", "G1.5 X1", "G1 X\xe9",
    "G2 X1e", "M3.5", "M104 S99999999999", "G1 X1\x0c", "G12.34 X1", "G0000001 X2", "G1 X3 F0.0000000001",
    "@pause", "T12345", "G1 X5 T",
)  # fmt: skip

PROGRAMS = {
    "print": """; a square
M201 X1000 Y1000 Z100 E5000
M203 X200 Y200 Z12 E120
M204 P1250 R1250 T1500
M205 X8.00 Y8.00 Z0.40 E4.50
M140 S60
M104 S210
G28
M190 S60
M109 S215
G21
G90
M83
G92 E0
;LAYER_CHANGE
G1 Z0.2 F600
G0 X20 Y30 F6000
M106 S255
G1 X40 Y30 E1.5 F1200
G1 X40 Y50 E1.5
G1 X20 Y50 E1.5
G1 X20 Y30.4 E1.5
G1 E-0.8 F2400
G1 Z0.6 F600
G1 X22 Y32 F9000
;LAYER_CHANGE
G1 Z0.4 F600
G1 E0.8 F2400
M204 P800
G3 X30 Y40 I8 J0 E0.9 F1500
G1 X30 Y60 E1.1
M104 S0
M140 S0
G28 X
M84
""",
    "laser": "G21 G90\nG0 X10 Y10\nM4 S400\nG1 X30 F1500\nG1 Y40 S800\nM5\nG0 X0 Y0\n",
    "mill": "%\n(pocket)\nG21 G90 G17\nT1 M6\nM3 S12000\nG0 Z5\nG0 X5 Y5\nG4 P2\nG1 Z-2 F200\nG1 X45 F600\n"
    "G2 X45 Y25 I0 J10\nX5\nG0 Z5\nM5\nM30\n%\n",
    "inches": "G20\nG91\nG1 X1 Y.5 F40\nG1 Z-.1\nM3 S9000\nG1 X-1\nG2 X1 Y1 R1\nM5\n",
    "retraction by the firmware": "M83\nM207 S3 F1800\nG1 X10 E1 F1200\nG10\nG0 X50 F6000\nG11\n"
    "G1 X60 E1\nG10 L2 X0\nG11\n",
    "macros": "START_PRINT BED=60\nG28\nM83\nG1 X10 E1 F600\nEXCLUDE_OBJECT_START NAME=a\nG1 X20 E1\nEND_PRINT\n",
}
"""Whole programs by name."""


def numbers() -> st.SearchStrategy[str]:
    """Numbers as slicers write them."""
    return st.floats(-200, 200).map(lambda value: f"{value:.3f}".rstrip("0").rstrip("."))


def lines() -> st.SearchStrategy[str]:
    """Lines that programs are full of, rare ones, broken ones, and rubbish."""
    move = st.builds(
        lambda command, words: command + "".join(f" {letter}{value}" for letter, value in words.items()),
        st.sampled_from(["G0", "G1", "G1", "G1", "", "G2", "G3", "G92", "M204", "G4"]),
        st.dictionaries(st.sampled_from("XYZEFIJRSPT"), numbers(), max_size=5),
    )
    rubbish = st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=20)
    return st.one_of(move, st.sampled_from(COMMON_LINES), move, st.sampled_from(ODD_LINES), rubbish)
