"""What a mechanism costs: statements, columns, plans, memory, calls.

A failure in here means that something became slower or larger, and not that a response is wrong. Whoever changes a
mechanism may change a budget with it, and says why in the commit. A wrong response fails a test outside this folder.
"""
