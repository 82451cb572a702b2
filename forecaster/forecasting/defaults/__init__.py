"""The default of every choice of a recipe, derived from the data together with its reason.

`forecasting` asks it for a recipe; what the user specified overrides a default.
"""
