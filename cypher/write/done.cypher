// A batch is whole: questions name it from now on.
//
// @param number the batch
MATCH (b:Batch {number: $number}) SET b.done = true
