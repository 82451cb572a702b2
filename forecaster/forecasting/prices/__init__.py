"""How far prices move: scales, past moves, drift, and a volatility network."""
