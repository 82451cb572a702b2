"""Reports: one HTML file about a training, an evaluation or a forecast, which works without a network.

A document says what is shown, `page` makes HTML of it, and the scripts in `assets` draw the series.
"""
