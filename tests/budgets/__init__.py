"""The costs of mechanisms: statements, columns, plans, memory, calls.

A failure here means that something became slower or larger, not that a response is wrong. A change of a mechanism may
change its budget; its commit says why. A wrong response fails a test outside this folder.
"""
