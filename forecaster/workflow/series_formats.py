"""How the numbers of each series in a long frame are written: with as many decimals as they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.spec import COLUMNS
from forecaster.workflow.frames import columns_of_kind
from forecaster.workflow.number_formats import MOST_DECIMALS, NumberFormat, format_of_series

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.workflow.frames import Frame


def series_formats(rows: Frame, written: Mapping[str, int]) -> dict[str, NumberFormat]:
    """Return how the numbers of each series in `rows` are written."""
    sizes = columns_of_kind(rows, "f").abs()
    usual = sizes.where(np.isfinite(sizes) & (sizes > 0.0)).median(axis=1).groupby(rows[COLUMNS.series]).median()
    return {str(name): format_of_series(written.get(str(name), MOST_DECIMALS), size) for name, size in usual.items()}
