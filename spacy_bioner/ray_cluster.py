"""The connection to a Ray cluster."""

from __future__ import annotations

import socket
from typing import Any

from .errors import BionerError, require

SECONDS = 10.0
"""Timeout for the first connection to a cluster; Ray itself would try for minutes."""


def connect(address: str | None = None) -> Any:
    """Return the module ``ray``, connected to a cluster.

    address: of a running cluster ("auto": the one this machine belongs to); None starts Ray on this machine.
    Raises B900 if Ray is not installed and B280 if the cluster cannot be reached.
    """
    ray = require("ray", "ray")
    if ray.is_initialized():
        return ray
    try:
        _check_port(address)
        ray.init(address=address, log_to_driver=False, **({} if address else {"include_dashboard": False}))
    except (ConnectionError, OSError, RuntimeError, ValueError) as err:
        reason = str(err).strip().partition("\n")[0]
        raise BionerError("B280", address=address or "this machine", reason=reason) from err
    return ray


def _check_port(address: str | None) -> None:
    """Raise OSError if HOST:PORT or ray://HOST:PORT does not accept connections."""
    host, colon, port = (address or "").removeprefix("ray://").rpartition(":")
    if colon and port.isdecimal():
        socket.create_connection((host, int(port)), SECONDS).close()
