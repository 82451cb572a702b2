"""Recipe, forecaster, baselines and intervals."""
