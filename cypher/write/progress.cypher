// How far a batch is written.
//
// @param number the batch
// @returns chunk
MATCH (b:Batch {number: $number}) RETURN b.chunk AS chunk
