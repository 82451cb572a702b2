"""Does the verdict claim skill on random walks, for which no forecast is better than the last value?

Train on `--seeds` random walks of `--rows` rows, and count how often the verdict claims skill (p < 0.05) and how often
the point forecast is not the last value. The test allows about five claims in a hundred.

    python benchmarks/random_walks.py --seeds 100
"""

from __future__ import annotations

import argparse

import numpy as np
from joblib import Parallel, delayed

from forecaster.evaluation.sentences import IntervalCoverage
from forecaster.evaluation.verdict import verdict_from_losses
from forecaster.forecasting.forecaster import train_forecaster
from forecaster.forecasting.plan import make_plan
from forecaster.series.panel import panel_from_series
from forecaster.spec import COLUMNS, Specification


def one(seed: int, rows: int, horizon: int) -> tuple[bool, bool, str]:
    """Return whether skill is claimed on a walk, whether the forecast differs from the last value, and the verdict."""
    walk = 100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.01, rows)))
    panel = panel_from_series([("walk", np.arange(rows), walk)])
    fitted, holdout = train_forecaster(make_plan(panel, Specification(horizon=horizon)))
    losses = {name: holdout.losses(name) for name in holdout.baselines}
    verdict = verdict_from_losses(holdout.losses(COLUMNS.model), losses, holdout.overlap, IntervalCoverage({}, 0, 0))
    claimed = verdict.p_value is not None and verdict.p_value < 0.05
    moved = not np.allclose(fitted.predict(panel, horizon).point, walk[-1], rtol=1e-9)
    return claimed, moved, verdict.sentences[0]


def main() -> None:
    """Run the benchmark and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--horizon", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    work = (delayed(one)(seed, asked.rows, asked.horizon) for seed in range(asked.seeds))
    found = Parallel(n_jobs=asked.jobs)(work)
    for seed, (claimed, moved, sentence) in enumerate(found):
        if claimed or moved:
            print(f"seed {seed}: {sentence}")
    claims, moves = sum(claimed for claimed, _, _ in found), sum(moved for _, moved, _ in found)
    print(f"{asked.seeds} random walks of {asked.rows} rows, horizon {asked.horizon}")
    print(f"verdict claims no skill: {asked.seeds - claims}")
    print(f"point forecast is the last value: {asked.seeds - moves}")


if __name__ == "__main__":
    main()
