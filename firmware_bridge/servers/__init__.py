"""Print servers as devices: OctoPrint, Moonraker, PrusaLink and Duet over HTTP.

- `firmware_bridge.servers.server`: what every print server can be asked, and its values.
- `firmware_bridge.servers.octoprint`, `moonraker`, `prusalink`, `duet`: a thin client for each.
- `firmware_bridge.servers.push`: what OctoPrint and Moonraker tell unasked, over WebSocket.
- `firmware_bridge.servers.appkey`: a key from OctoPrint that a person grants in its page.
- `firmware_bridge.servers.device`: `ServerDevice`, a `firmware_bridge.device.Device` over any of them.
- `firmware_bridge.servers.kinds`: all kinds by name.
"""
