// The units of the cohort have lots of the run, each since the time at its place in `since`.
//
// @param rows run, cohort, since; times in microseconds since 1970
UNWIND $rows AS row
WITH row.run AS run, collect(row) AS rows  // each run is looked up once
MATCH (a:Run {run: run})
UNWIND rows AS row
MATCH (b:Cohort {cohort: row.cohort})
CREATE (a)-[:REACHED {since: row.since}]->(b)
