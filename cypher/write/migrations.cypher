// The changes of the schema that this graph has seen.
//
// @returns number, name, checksum, applied_at
MATCH (m:Migration)
RETURN m.number AS number, m.name AS name, m.checksum AS checksum,
       m.applied_at.epochSeconds * 1000000 + m.applied_at.microsecond AS applied_at
ORDER BY number
