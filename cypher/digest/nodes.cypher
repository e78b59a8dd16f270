// Every node that facts make: its labels and what it says.
//
// @returns labels, said
MATCH (n) WHERE NOT n:Batch AND NOT n:Graph AND NOT n:Migration
RETURN labels(n) AS labels, properties(n) AS said
