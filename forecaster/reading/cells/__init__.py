"""Text cells to dates and numbers, in one style that the whole column proves.

`reading` and `reading.tables` parse columns with it; no file and no panel is known.
"""
