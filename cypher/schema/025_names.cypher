// Programs and firmwares that are spelled almost right.
CREATE FULLTEXT INDEX names IF NOT EXISTS
FOR (n:Program|Firmware) ON EACH [n.program, n.firmware]
OPTIONS {indexConfig: {`fulltext.analyzer`: 'keyword', `fulltext.eventually_consistent`: true}}
