// A change of the schema was made.
//
// @param number of the file
// @param name of the file
// @param checksum SHA-256 of the file
MERGE (m:Migration {number: $number})
SET m.name = $name, m.checksum = $checksum, m.applied_at = coalesce(m.applied_at, datetime())
