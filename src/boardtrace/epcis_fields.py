"""What the captured events say besides their things, as queries of EPCIS ask for it: one key a value.

A key is made of an event and of a query in the same way, so that all spellings of one place, paper, party
or word are one key, and a database compares texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from boardtrace.gs1 import BadName, identify
from boardtrace.sources.epcis.cbv import word

if TYPE_CHECKING:
    from boardtrace.facts import Ledger

__all__ = ["PAPERS", "key", "keyed"]

_PLACES: Final = {"readPoint": "$.readPoint.id", "bizLocation": "$.bizLocation.id"}
_WORDS: Final = {
    "persistentDisposition_set": "$.persistentDisposition.set",
    "persistentDisposition_unset": "$.persistentDisposition.unset",
    "errorReason": "$.errorDeclaration.reason",
}
_IDS: Final = {
    "transformationID": "$.transformationID",
    "correctiveEventID": "$.errorDeclaration.correctiveEventIDs",
}
PAPERS: Final = {
    "bizTransaction": "$.bizTransactionList",
    "source": "$.sourceList",
    "destination": "$.destinationList",
}
"""Fields whose values are pairs of a type and a name."""

_FIELDS: Final = {**_PLACES, **_WORDS, **_IDS, **PAPERS}
_AT_ONCE: Final = 100_000  # names

# A row for each value; JSON-LD may write a list of one as that one.
_VALUES: Final = """
CREATE OR REPLACE TEMP TABLE captured_values AS
SELECT "row", field, coalesce(json_extract_string(value, '$.type'), '') AS kind,
       CASE json_type(value) WHEN 'VARCHAR' THEN json_extract_string(value, '$')
                             WHEN 'OBJECT' THEN json_extract_string(value, '$.' || field) END AS name
FROM (SELECT "row", field, unnest(CASE json_type(said) WHEN 'ARRAY' THEN json_extract(said, '$[*]')
                                                       ELSE [said] END) AS value
      FROM (SELECT "row", unnest({fields}) AS field, unnest(json_extract(json, {paths})) AS said
            FROM ({events}))
      WHERE said IS NOT NULL)
WHERE name IS NOT NULL
"""


def key(field: str, name: str, kind: str = "") -> str:
    """Give the key of a value; of a paper or party with its type. BadName if it is no identifier."""
    name = name.strip()
    if not name:
        raise BadName("blank")
    if field in _WORDS:
        return f"{field} {_bare(name)}"
    if field in _IDS:
        try:
            return f"{field} {identify(name).same}"
        except BadName:  # any text may be one
            return f"{field} {name}"
    of = f"{field}_{_bare(kind)}" if kind else field
    return f"{of} {identify(name).same}"


def _bare(name: str) -> str:
    found = word(name.strip())
    return found if ":" in found else found.lower()


def keyed(ledger: Ledger, events: str) -> str:
    """Read ``events`` (row, json) and name a table of them: row, keys."""
    fields, paths = list(_FIELDS), list(_FIELDS.values())
    ledger.db.execute(_VALUES.format(fields=fields, paths=paths, events=events))
    ledger.db.execute(
        "CREATE OR REPLACE TEMP TABLE captured_names AS "
        "SELECT DISTINCT field, kind, name FROM captured_values;"
        "CREATE OR REPLACE TEMP TABLE captured_keys (name BIGINT, key VARCHAR)"
    )
    for first in range(0, ledger.scalar("SELECT count(*) FROM captured_names"), _AT_ONCE):
        found = ledger.rows(
            "SELECT rowid, field, name, kind FROM captured_names WHERE rowid >= ? AND rowid < ?",
            [first, first + _AT_ONCE],
        )
        keys = [(number, _key(*said)) for number, *said in found]
        ledger.db.execute(
            "INSERT INTO captured_keys SELECT unnest(?::BIGINT[]), unnest(?::VARCHAR[])",
            [[number for number, _ in keys], [one for _, one in keys]],
        )
    ledger.db.execute(
        'CREATE OR REPLACE TEMP TABLE captured_said AS SELECT v."row", list(DISTINCT k.key) AS keys '
        "FROM captured_values v "
        "JOIN (SELECT *, rowid AS number FROM captured_names) n USING (field, kind, name) "
        "JOIN captured_keys k ON k.name = n.number WHERE k.key IS NOT NULL GROUP BY ALL;"
        "DROP TABLE captured_values; DROP TABLE captured_names; DROP TABLE captured_keys"
    )
    return "captured_said"


def _key(field: str, name: str, kind: str) -> str | None:
    """Give the key, None of what the event was taken without."""
    try:
        return key(field, name, kind)
    except BadName:
        return None
