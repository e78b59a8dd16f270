// Every node that facts make: its labels and what it says.
//
// @returns labels, said
MATCH (it) WHERE NOT it:Batch AND NOT it:Graph AND NOT it:Migration
// @include digest/said
RETURN labels(it) AS labels, said
