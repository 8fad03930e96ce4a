"""Microbenchmarks of the important pieces, with pytest-benchmark: `python -m benchmarks pieces`.

They are not part of the tests, because slowness on a busy machine is no error.
"""
