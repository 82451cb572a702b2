"""Series in memory: panels and covariates, their transforms and scaling, and the windows that are cut from them.

`forecasting` learns from these windows and `reading` builds the panels; no file and no network is known here.
"""
