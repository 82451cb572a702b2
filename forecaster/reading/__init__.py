"""Files to a panel: find the columns, repair and check every series, and report each choice and finding.

`workflow` reads all its input through `reader.read`.
"""
