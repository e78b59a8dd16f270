// A row in quarantine that nothing speaks of any more.
//
// @param rows quarantined
UNWIND $rows AS row
MATCH (n:Quarantined {quarantined: row.quarantined})
DETACH DELETE n
