// The last batch that is whole, and whether one is being written.
//
// @returns number, hash, open
// @cost the batches
OPTIONAL MATCH (open:Batch {done: false})
WITH max(open.number) AS open
OPTIONAL MATCH (last:Batch {done: true})
WITH open, last ORDER BY last.number DESC LIMIT 1
RETURN last.number AS number, last.hash AS hash, open
