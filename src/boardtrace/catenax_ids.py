"""Ids of twins: UUIDs (CX-0127), and those that stand for names of ours, the same at every export."""

from __future__ import annotations

import re
import uuid
from typing import Final

from boardtrace.model import lot_id

__all__ = ["is_uuid", "same", "twin_of_lot", "twin_of_unit"]

_UUID: Final = re.compile(r"(urn:uuid:)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SPACE: Final = uuid.uuid5(uuid.NAMESPACE_OID, "boardtrace")


def is_uuid(name: str) -> bool:
    """Say whether a name is a UUID, with or without `urn:uuid:`."""
    return _UUID.fullmatch(name) is not None


def same(one: str, other: str) -> bool:
    """Say whether two ids are one, however they are spelled."""
    return one == other or (is_uuid(one) and is_uuid(other) and one[-36:].lower() == other[-36:].lower())


def twin_of_unit(unit: str) -> str:
    """Give the id of a unit's twin: its own, if it is a UUID, else one made of it."""
    return unit if is_uuid(unit) else _made(f"unit/{unit}")


def twin_of_lot(supplier: str, lot: str) -> str:
    """Give the id of a lot's twin: its own, if it is a UUID, else one made of supplier and lot."""
    return lot if is_uuid(lot) else _made(f"lot/{lot_id(supplier, lot)}")


def _made(name: str) -> str:
    # UUID version 5 (RFC 9562, section 5.5); a name that UTF-8 cannot say is no name of a twin
    return uuid.uuid5(_SPACE, name).urn
