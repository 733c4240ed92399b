"""Rate limits and the stores of their counters."""
