"""Print servers as devices: OctoPrint, Moonraker and PrusaLink over HTTP.

- `firmware_bridge.servers.server`: what every print server can be asked, and its values.
- `firmware_bridge.servers.octoprint`, `moonraker`, `prusalink`: a thin client for each.
- `firmware_bridge.servers.device`: `ServerDevice`, a `firmware_bridge.device.Device` over any of them.
"""
