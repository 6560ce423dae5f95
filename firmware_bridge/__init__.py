"""Machines as devices: Marlin and GRBL over a serial port, print servers over HTTP, and virtual twins.

- `firmware_bridge.device`: the protocol of a device and its values.
- `firmware_bridge.marlin`, `firmware_bridge.grbl`: `MarlinDevice` and `GrblDevice`. Each has a sans-IO half
  (`marlin_stream`, `grbl_stream`) that knows the protocol and no port, and what that stands on (`marlin_window`: lines
  on their way; `marlin_rewind`: refused ones; `marlin_watch`, `marlin_patience`: waits; `marlin_card`: by memory card).
- `firmware_bridge.port`, `firmware_bridge.serial_device`: the serial port, and the thread that serves it.
- `firmware_bridge.servers`: print servers over HTTP (OctoPrint, Moonraker, PrusaLink) as devices of the same kind.
- `firmware_bridge.twin`: virtual machines as processes of their own, with a log of what they executed.

A physical job is never started twice: a lost link raises `LostContactError`, and nothing here starts a run by itself.
Standard library, pyserial, httpx, `core` and `gcode` only. Not yet here: Duet, push over WebSocket.
"""
