"""A process that hands letters to chat services through apprise, and can do nothing else.

It reads one JSON document from its input, ``{"local": false, "letters": [{"address", "title", "body"}, ...]}``, and
writes one JSON line for each letter as it is done, ``[index, problem or null]``. Addresses come from strangers, and
apprise follows what they say in a hundred ways; so it is not asked where they lead: whatever connects, connects to
public computers only, at the ports of HTTPS (443, and 8448 for Matrix), writes no file, reads none outside Python and
the system's certificates, and starts no program. Python's audit hooks (PEP 578) see all of that, and cannot be removed.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import ssl
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, Final

__all__ = ["guard", "main"]

_PORTS: Final = frozenset({443, 8448})
_AT_ONCE: Final = 8
_MEMORY: Final = 1 << 30
_CPU_S: Final = 60
_READABLE: Final = (
    "/dev/urandom", "/etc/hosts", "/etc/localtime", "/etc/mime.types", "/etc/nsswitch.conf", "/etc/pki",
    "/etc/resolv.conf", "/etc/ssl", "/usr/lib/ssl", "/usr/local/share/ca-certificates", "/usr/share/ca-certificates",
    "/usr/share/zoneinfo",
)  # fmt: skip
_FORBIDDEN: Final = frozenset(
    {
        "ctypes.dlopen", "os.chmod", "os.chown", "os.exec", "os.fork", "os.forkpty", "os.kill", "os.link", "os.mkdir",
        "os.posix_spawn", "os.remove", "os.rename", "os.rmdir", "os.spawn", "os.symlink", "os.system", "os.truncate",
        "pty.spawn", "shutil.rmtree", "socket.bind", "socket.sendmsg", "socket.sendto", "subprocess.Popen",
    }
)  # fmt: skip


def guard(*, local: bool) -> None:
    """Refuse from now on, in this process, all that sending does not need; not to be undone.

    Args:
        local: whether addresses inside this network are allowed too, at any port.
    """
    from coordinator.service.reaching.outside import is_public

    roots = tuple(str(Path(each).resolve()) for each in (sys.prefix, sys.base_prefix, *sys.path) if each) + _READABLE
    roots += tuple(filter(None, (os.environ.get("SSL_CERT_FILE"), os.environ.get("REQUESTS_CA_BUNDLE"))))

    def refuse(event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            _require_outside(args[1], local=local, is_public=is_public)
        elif event == "open" and not _may_open(args[0], args[1], args[2], roots):
            raise PermissionError("a file")
        elif event in _FORBIDDEN:
            raise PermissionError(event)

    sys.addaudithook(refuse)


def _require_outside(address: Any, *, local: bool, is_public: Any) -> None:
    if not isinstance(address, tuple) or not isinstance(address[0], str):
        raise PermissionError("a socket of this computer")
    if local:
        return
    try:
        public = is_public(address[0])
    except ValueError:  # a name, which would be looked up anew
        public = False
    if not public or address[1] not in _PORTS:
        raise PermissionError("an address that is not public, or no port of HTTPS")


def _may_open(path: Any, mode: Any, flags: Any, roots: tuple[str, ...]) -> bool:
    if isinstance(path, int):
        return True  # it is open already
    writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    if writes or (isinstance(mode, str) and set(mode) & set("wax+")):
        return False
    real = os.path.realpath(os.fsdecode(path))
    return any(real == root or real.startswith(root.rstrip("/") + "/") for root in roots)


def _send(letter: dict[str, str]) -> str | None:
    """Hand over one letter; returns what went wrong, without the address, or None."""
    import apprise

    asset = apprise.AppriseAsset(
        app_id="fabcommons", app_desc="fabcommons", app_url="", secure_logging=True, http_redirects=False,
        async_mode=False,
    )  # fmt: skip
    service = apprise.Apprise(asset=asset)
    if not service.add(letter["address"]):
        return "the service does not take this for an address of its own"
    sent = service.notify(body=letter["body"], title=letter["title"], body_format=apprise.NotifyFormat.TEXT)
    return None if sent else "the service did not take it, or cannot be reached"


def main() -> None:
    """Send what stands in the input."""
    asked = json.loads(sys.stdin.buffer.read())
    for limit, most in ((resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_CPU, _CPU_S), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (most, most))
    import apprise

    apprise.Apprise.instantiate("ntfys://warm-up")  # its plugins load now: nothing is imported from behind the guard
    ssl.create_default_context()
    socket.getaddrinfo("localhost", 443)  # the same for names
    guard(local=asked["local"])
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        waiting = {pool.submit(_send, each): index for index, each in enumerate(asked["letters"])}
        for done in as_completed(waiting):
            error = done.exception()
            problem = done.result() if error is None else f"it cannot be sent: {type(error).__name__}"
            sys.stdout.write(json.dumps([waiting[done], problem]) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
