"""Turn the content of a model file of an older schema into that of the next, for the audit; one module a schema."""
