// A run that lacks a link it should have.
//
// @param rows gap, run
UNWIND $rows AS row
MATCH (a:Gap {gap: row.gap})
MATCH (b:Run {run: row.run})
CREATE (a)-[:MISSING_IN]->(b)
