"""Benchmarks answer with numbers; see docs/benchmarks.md. One BLAS thread, before NumPy loads."""

import os

from app.process import SINGLE_THREAD_ENVIRONMENT

for _name, _value in SINGLE_THREAD_ENVIRONMENT.items():
    os.environ.setdefault(_name, _value)
