// This graph's own name, so that no ledger of another graph is taken for its.
//
// @param id a random name, taken only by a graph that has none
// @returns id, batch, imported
MERGE (g:Graph)
ON CREATE SET g.id = $id
WITH g.id AS id
OPTIONAL MATCH (b:Batch)
RETURN id, max(b.number) AS batch, max(b.imported) AS imported
