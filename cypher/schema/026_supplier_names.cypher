// Suppliers that are spelled almost right; among all identifiers a supplier is lost between its lots.
CREATE FULLTEXT INDEX supplier_names IF NOT EXISTS
FOR (n:Supplier) ON EACH [n.supplier]
OPTIONS {indexConfig: {`fulltext.analyzer`: 'keyword', `fulltext.eventually_consistent`: true}}
