// How far a batch is written: moves with each chunk, in the chunk's own transaction.
//
// @param number the batch
// @param chunk the chunk that is written with this
MATCH (b:Batch {number: $number}) SET b.chunk = $chunk
