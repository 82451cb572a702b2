"""Charts in a terminal: scales, ticks, a canvas of dots, and the charts of forecasts and of their parts on it."""
