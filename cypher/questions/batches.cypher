// The batches that made the graph, as the links of their chain.
//
// A batch that is not `done` was broken off while it was written: the next command that writes, or
// `boardtrace resume`, writes the rest.
//
// @returns batch, at, done, read, accepted, duplicate, quarantined, files, source, hash
// @cost the batches; 20 db hits a row
// @example {}
MATCH (b:Batch)
RETURN b.number AS batch, b.at.epochSeconds * 1000000 + b.at.microsecond AS at, b.done AS done,
       b.read AS read, b.accepted AS accepted, b.duplicate AS duplicate, b.quarantined AS quarantined,
       b.files AS files, b.source AS source, b.hash AS hash
