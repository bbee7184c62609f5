"""The benchmarks: statistics, alternation, verification, workers. Nothing here is timed."""
