"""Fault simulation: the real engine, the bundled Xero and the embedded store in one process, on a clock of
its own, with everything that may go wrong drawn from a seed.
"""
