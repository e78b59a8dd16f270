// Every batch that the graph knows, as a link of the chain.
//
// @returns number, at, source, hash, previous, delta, read, accepted, duplicate, quarantined, files, done
MATCH (b:Batch)
RETURN b.number AS number, b.at.epochSeconds * 1000000 + b.at.microsecond AS at, b.source AS source,
       b.hash AS hash, b.previous AS previous, b.delta AS delta, b.read AS read, b.accepted AS accepted,
       b.duplicate AS duplicate, b.quarantined AS quarantined, b.files AS files, b.done AS done
ORDER BY number
