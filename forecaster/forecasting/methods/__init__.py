"""The methods that are blended: networks, ridge, Theta and the naive baselines."""
