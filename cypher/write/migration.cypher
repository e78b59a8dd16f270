// Changes of the schema were made.
//
// @param migrations list of {number, name, checksum}: number and name of the file, its SHA-256
UNWIND $migrations AS made
MERGE (m:Migration {number: made.number})
SET m.name = made.name, m.checksum = made.checksum, m.applied_at = coalesce(m.applied_at, datetime())
