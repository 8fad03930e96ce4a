"""Benchmarks of chatstore beside servers that store nothing. See `python -m benchmarks --help` and
docs/performance.md."""
