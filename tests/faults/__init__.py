"""What breaks on purpose: kills, power cuts, full disks, errors of a disk, slow and hostile clients.

`program` starts the real server as a process, mutated or not; `journal` has clients that write down what they
sent and were told, and holds a database and its history against that; `mutants` breaks one promise each, so
that every fault test is shown to fail when it has to.

A fault test is a function `name(launch, folder, …)` that raises `BrokenPromiseError`. It is called by a plain
test with `Launch()`, and by `test_mutants.py` with the mutants that it must catch.
"""
