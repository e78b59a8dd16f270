"""The systems that are compared, by name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.systems.base import System

__all__ = ["SYSTEMS", "system"]

SYSTEMS = ("boardtrace", "postgres", "sqlite", "duckdb", "numpy")


def system(name: str) -> type[System]:
    """Return the class of a system; its own dependencies are imported only then."""
    found: type[System] = import_module(f"bench.systems.{name}_").MEASURED
    return found
