// A Customer that nothing speaks of any more.
//
// @param rows customer
UNWIND $rows AS row
MATCH (n:Customer {customer: row.customer})
DETACH DELETE n
