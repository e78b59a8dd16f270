// The rows that could not be used: where each stands, and what is wrong with it.
//
// `boardtrace repairs` writes them out to be mended. A row that names the id of an entry in its column
// `repairs`, and can be used, takes its place.
//
// @param batch only rows of this batch
// @param file only rows of this file
// @returns batch, file, line, column, reason, names, id
// @cost the quarantine; 20 db hits a row
// @example {}
MATCH (q:Quarantined)
WHERE ($batch IS NULL OR q.batch = $batch) AND ($file IS NULL OR q.file = $file)
RETURN q.batch AS batch, q.file AS file, q.line AS line, q.column AS column, q.reason AS reason,
       q.names AS names, q.quarantined AS id
