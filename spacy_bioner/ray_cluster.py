"""The connection to a Ray cluster."""

from __future__ import annotations

from typing import Any

from .errors import BionerError, require


def connect(address: str | None = None) -> Any:
    """Return the module ``ray``, connected to a cluster.

    address: of a running cluster ("auto": the one this machine belongs to); None starts Ray on this machine.
    Raises B900 where Ray is not installed and B280 where the cluster cannot be reached.
    """
    ray = require("ray", "ray")
    if not ray.is_initialized():
        try:
            ray.init(address=address, log_to_driver=False, include_dashboard=None if address else False)
        except (ConnectionError, OSError, RuntimeError, ValueError) as err:
            reason = str(err).strip().partition("\n")[0]
            raise BionerError("B280", address=address or "this machine", reason=reason) from err
    return ray
