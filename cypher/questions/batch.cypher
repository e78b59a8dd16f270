// The last batch that is whole, and whether one is being written.
//
// @returns number, hash, rules, open
// @cost the last two batches: one that is being written is the last
MATCH (b:Batch) WHERE b.number >= 0
WITH b ORDER BY b.number DESC LIMIT 2
WITH collect(b) AS found
WITH [b IN found WHERE b.done][0] AS last, [b IN found WHERE NOT b.done][0] AS open
RETURN last.number AS number, last.hash AS hash, last.rules AS rules, open.number AS open
