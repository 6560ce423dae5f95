;FLAVOR:Marlin
;TIME:312
;Filament used: 0.3m
;Layer height: 0.2
;MINX:90
;Generated with Cura_SteamEngine 5.6.0
M140 S60
M105
M190 S60
M104 S200
M105
M109 S200
M82 ;absolute extrusion mode
M201 X500.00 Y500.00 Z100.00 E5000.00 ;Setup machine max acceleration
M203 X500.00 Y500.00 Z10.00 E50.00 ;Setup machine max feedrate
M204 P500.00 R1000.00 T500.00 ;Setup Print/Retract/Travel acceleration
M205 X8.00 Y8.00 Z0.40 E5.00 ;Setup Jerk
M220 S100 ;Reset Feedrate
M221 S100 ;Reset Flowrate
G28 ;Home
G92 E0 ;Reset Extruder
G1 Z2.0 F3000 ;Move Z Axis up
G1 X10.1 Y20 Z0.28 F5000.0 ;Move to start position
G1 X10.1 Y145.0 Z0.28 F1500.0 E15 ;Draw the first line
G92 E0 ;Reset Extruder
;LAYER_COUNT:2
;LAYER:0
M107
M204 S500
M205 X8 Y8
;MESH:part.stl
G0 F6000 X97.2 Y97.3 Z0.2
;TYPE:WALL-INNER
G1 F1200 X117.2 Y97.3 E0.66
G1 X117.2 Y117.2 E1.32
;LAYER:1
M106 S85
G1 F1500 E-3.5
;TIME_ELAPSED:312.5
M107
G91 ;Relative positioning
G1 E-2 F2700 ;Retract a bit
G1 E-2 Z0.2 F2400 ;Retract and raise Z
G1 X5 Y5 F3000 ;Wipe out
G1 Z10 ;Raise Z more
G90 ;Absolute positioning
G1 X0 Y200 ;Present print
M106 S0 ;Turn-off fan
M104 S0 ;Turn-off hotend
M140 S0 ;Turn-off bed
M84 X Y E ;Disable all steppers but Z
M82 ;absolute extrusion mode
M104 S0
;End of Gcode
