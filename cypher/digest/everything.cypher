// Every node with the edges that leave it: its labels, its key, and what all of them say.
//
// A record costs the driver more than what stands in it, so edges travel with their node; one of many
// edges comes several times, with 500 of them each, and says what it says itself the first time only.
// Of an edge there are its type, what it says, and the labels and key of the node where it ends.
//
// @returns labels, key, said, edges
MATCH (it)
CALL (it) {
  MATCH (it)-[edge]->()
  RETURN collect(edge) AS edges
}
UNWIND range(0, size(edges), 500) AS first
RETURN labels(it) AS labels,
// @include digest/key
  AS key,
  CASE WHEN first = 0 THEN
// @include digest/said
  END AS said,
  [it IN edges[first..first + 500] | [type(it),
// @include digest/said
  , labels(endNode(it)), [it IN [endNode(it)] |
// @include digest/key
  ][0]]] AS edges
