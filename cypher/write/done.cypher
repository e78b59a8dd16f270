// A batch is whole: questions name it from now on.
//
// @param number the batch
// @param rules by which it was derived
MATCH (b:Batch {number: $number}) SET b.done = true, b.rules = $rules
