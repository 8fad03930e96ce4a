"""The pieces that matter, timed one by one with pytest-benchmark: `python -m benchmarks pieces`.

They are not part of the tests: what takes long on a busy machine is no mistake.
"""
