// Whether a graph holds anything, and which import its last batch is of.
//
// @returns filled, number, done, imported
OPTIONAL MATCH (b:Batch)
WITH b ORDER BY b.number DESC LIMIT 1
RETURN EXISTS { MATCH (n) WHERE NOT n:Graph AND NOT n:Migration } AS filled,
       b.number AS number, b.done AS done, b.imported AS imported
