// A Cohort that has no units any more.
//
// @param rows cohort
UNWIND $rows AS row
MATCH (n:Cohort {cohort: row.cohort})
DETACH DELETE n
