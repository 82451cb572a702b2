"""How often is drift found where there is none, and how often where there is?

Series of a dozen kinds are simulated, with a year of days after training; nothing changes in them, or something does on
day 100 of that year. The script prints the share of series with a finding, of the series itself
(`forecaster.ledger.series_drift`) and of its errors (`forecaster.ledger.error_drift`), with the median delay in days,
and the time that a series takes.

    python benchmarks/drift.py --series 500
"""
