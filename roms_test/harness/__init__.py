"""The harness that puts exams to CPUs and machines: vectors, exam programs, manifests.

``emu test`` runs it; :mod:`roms_test.harness.suites` lists what it knows.
"""
