// This graph's own name: that of its ledger and its chain.
//
// @returns id
MATCH (g:Graph)
RETURN g.id AS id
