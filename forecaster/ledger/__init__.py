"""The ledger: one SQLite file that remembers each forecast and scores it when the actual values arrive.

`writer` takes entries, `entry` makes them from predictions, `journal` keeps them until they are in the file, `scores`,
`details` and `state` read. Only one process writes; any number of processes may read meanwhile.
"""
