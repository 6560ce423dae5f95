(Exported by FreeCAD)
(Post Processor: grbl_post)
(Output Time:2026-01-01 10:00:00)
(Begin preamble)
G17 G90
G21
(Begin operation: Fixture)
(Path: Fixture)
G54
(Finish operation: Fixture)
(Begin operation: Default Tool)
(Begin toolchange)
( M6 T1 )
M3 S8000
(Finish operation: Default Tool)
(Begin operation: Pocket)
G0 Z7.000
G0 X12.500 Y12.500
G0 Z5.000
G1 X12.500 Y12.500 Z-1.000 F120.000
G1 X37.500 Y12.500 Z-1.000 F400.000
G2 X40.000 Y15.000 Z-1.000 I0.000 J2.500 K0.000 F400.000
G0 Z7.000
(Finish operation: Pocket)
(Begin postamble)
M5
G17 G90
M2
