"""Series as a panel of flat arrays: covariates, scaling, windows and splits, for `forecasting` and `evaluation`."""
