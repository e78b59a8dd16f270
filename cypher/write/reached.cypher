// The units of the cohort have lots of the run, each since the time at its place in `since`.
//
// @param rows run, cohort, since; times in microseconds since 1970
UNWIND $rows AS row
MATCH (a:Run {run: row.run})
MATCH (b:Cohort {cohort: row.cohort})
CREATE (a)-[:REACHED {since: row.since}]->(b)
