"""What the other tests hold: the source, changed in one place at a time, and the test that must notice it.

The mutants of tests/faults break a promise in a server that runs, and a fault test has to find out. These here are
changes of the source as an engineer could make them by mistake: a limit that is not asked, another order, a check
that is gone. Each names one test of the ordinary suite, which has to fail.
"""
