"""Reading, compiled: what a serializer declares becomes SQL once, and each row of its answer becomes JSON directly.

No model and no serializer is made for a row, and no query is put together for a request that is like an earlier one.
"""
