// Programs, firmwares and suppliers that are spelled almost right; among all identifiers a supplier is lost between its lots.
CREATE FULLTEXT INDEX names IF NOT EXISTS
FOR (n:Program|Firmware|Supplier) ON EACH [n.program, n.firmware, n.supplier]
OPTIONS {indexConfig: {`fulltext.analyzer`: 'keyword', `fulltext.eventually_consistent`: true}}
