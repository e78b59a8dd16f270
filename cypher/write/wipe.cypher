// Empty the graph, but for its name and the record of its schema.
MATCH (n) WHERE NOT n:Graph AND NOT n:Migration
CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS
