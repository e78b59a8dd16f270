// How many nodes and edges there are.
//
// @returns nodes, edges
// @cost two counts that the server keeps
CALL () { MATCH (n) RETURN count(n) AS nodes }
CALL () { MATCH ()-[e]->() RETURN count(e) AS edges }
RETURN nodes, edges
