"""The release that this tree is."""

__version__ = "0.1.0"
