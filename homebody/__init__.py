"""The ground of Homebody: geometry, messages, ports, bus, mailboxes, clock and errors.

Everything else may import this package; it imports nothing of Homebody's other packages.
"""

__version__ = "0.1.0"
