; LightBurn 1.4.03
; GRBL device profile, absolute coords
; Bounds: X10 Y10 to X50 Y40
G00 G17 G40 G21 G54
G90
M4
; Cut @ 1200 mm/min, 80% power
M8
G0 X10Y10
; Layer C00
G1 X50S800F1200
G1 Y40
G1 X10
G1 Y10
G1 S0
M9
G1 S0
M5
G90
; return to user-defined finish pos
G0 X0 Y0
M2
