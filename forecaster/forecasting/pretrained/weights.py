"""The files of weights that ship with the package, each known by its digest.

A model file that rests on pretrained networks alone names their digest. So every file that a released version shipped
stays here, and a forecast of an old model stays what it was.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import ModelRefusedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

VOLATILITY = "94efa0f60b49a19164871fb345d78c6632bf2a6e2990a6d375e0ffe03f419f18"
LEVELS = "d9fd89444a23177584b9271df53846fe23df511921fcea2bfe6cc0eceebdd452"
FILES = {VOLATILITY: "volatility-1.npy", LEVELS: "levels-1.npy"}
"""The file of each digest."""


@cache
def load_weights(digest: str) -> NDArray[np.float32]:
    """Return the weights with this SHA-256: (P,) of one network, or (K, P) of K networks that are averaged.

    Raises:
        ModelRefusedError: This version of the package does not have them, or the file is damaged.

    """
    if digest not in FILES:
        what = f"it needs the pretrained network {digest[:12]}, which this version of the program does not have"
        raise ModelRefusedError(what, "install the version that wrote it, or newer; or train again")
    try:
        data = (resources.files("forecaster.forecasting.pretrained") / FILES[digest]).read_bytes()
    except OSError:
        data = b""
    if hashlib.sha256(data).hexdigest() != digest:
        what = f"the file {FILES[digest]} of the program is missing or damaged"
        raise ModelRefusedError(what, "install the program again")
    stored: NDArray[np.floating] = np.load(BytesIO(data), allow_pickle=False)
    weights = stored.astype(np.float32)
    weights.flags.writeable = False
    return weights
