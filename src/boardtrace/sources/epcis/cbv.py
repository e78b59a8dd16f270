"""Words of the Core Business Vocabulary 2.0: a bare word, a URN and a web URI are one name."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

__all__ = ["DATES", "DISPOSITIONS", "PARTIES", "STEPS", "TRANSACTIONS", "local", "word"]

STEPS: Final = frozenset(
    """accepting arriving assembling collecting commissioning consigning creating_class_instance
    cycle_counting decommissioning departing destroying disassembling dispensing encoding entering_exiting
    holding inspecting installing killing loading other packing picking receiving removing repackaging
    repairing replacing reserving retail_selling sampling sensor_reporting shipping staging_outbound
    stock_taking stocking storing transporting unloading unpacking void_shipping""".split()  # noqa: SIM905  forty lines else
)
DISPOSITIONS: Final = frozenset(
    """active available completeness_inferred completeness_verified conformant container_closed
    container_open damaged destroyed dispensed disposed encoded expired in_progress in_transit inactive
    mismatch_class mismatch_instance mismatch_quantity needs_replacement no_pedigree_match non_conformant
    non_sellable_other partially_dispensed recalled reserved retail_sold returned sellable_accessible
    sellable_not_accessible stolen unavailable unknown""".split()  # noqa: SIM905
)
PARTIES: Final = ("owning_party", "possessing_party", "location")
"""Types of source and destination; the first that is there names the customer."""
TRANSACTIONS: Final = (
    "bol", "cert", "desadv", "inv", "pedigree", "po", "poc", "prodorder", "recadv", "rma", "testprd",
    "testres", "upevt",
)  # fmt: skip

DATES: Final = {
    "manufactured_at": ("productionDate", "manufacturingDate", "productionDateTime"),
    "expires_at": (
        "itemExpirationDate",
        "expirationDate",
        "expirationDateTime",
        "bestBeforeDate",
        "sellByDate",
    ),
}
"""Column of a lot -> attributes of an ILMD that say it (CBV 2.0; GS1 Web Vocabulary)."""

_URN: Final = re.compile(r"urn:epcglobal:cbv:(?:bizstep|disp|btt|sdt|er):([\w-]+)", re.IGNORECASE)
_WEB: Final = re.compile(
    r"(?:https?://(?:\w+\.)?gs1\.org/(?:voc/|cbv/)|cbv:|gs1:)(?:BizStep|Disp|BTT|SDT|ER)-([\w-]+)",
    re.IGNORECASE,
)
_LOCAL: Final = re.compile(r"[^:/#]+$")


@lru_cache(1 << 12)
def word(name: str) -> str:
    """Give the bare word of a name of the vocabulary, any other name as it is."""
    found = _URN.fullmatch(name) or _WEB.fullmatch(name)
    return found[1].lower() if found else name


def local(name: str) -> str:
    """Give a name without its namespace: `cbvmda:lotNumber`, `https://gs1.org/voc/lotNumber`."""
    found = _LOCAL.search(name)
    return found[0] if found else name
