// Batches, as links of the chain; the last one is not written to its end yet.
//
// @param batches number, at, source, hash, previous, delta, read, accepted, duplicate, quarantined, files, last
UNWIND $batches AS batch
MERGE (b:Batch {number: batch.number})
ON CREATE SET b.chunk = 0, b.done = NOT batch.last
SET b.at = datetime.fromEpoch(batch.at / 1000000, batch.at % 1000000 * 1000),
    b.source = batch.source, b.hash = batch.hash, b.previous = batch.previous, b.delta = batch.delta,
    b.read = batch.read, b.accepted = batch.accepted, b.duplicate = batch.duplicate,
    b.quarantined = batch.quarantined, b.files = batch.files
