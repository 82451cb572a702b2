"""Turn the content of a model file of an older schema into that of the next.

`artifact` applies one module after the other until the schema is the current one.
"""
