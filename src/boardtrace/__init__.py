"""boardtrace: which units contain this lot, and who has them now."""

__version__ = "0.1.0"
__all__ = ["__version__"]
