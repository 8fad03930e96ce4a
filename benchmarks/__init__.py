"""How fast chatstore is, beside servers that store nothing. `python -m benchmarks --help`; docs/performance.md."""
