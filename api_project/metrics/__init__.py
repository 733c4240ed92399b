"""Metrics for Prometheus: counted in each process, and read together at `/metrics`.

They are off by default, and then only `settings` of this package is loaded. Decision 31 has the reasons.
"""
