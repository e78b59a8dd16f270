// Wait until every index is filled.
//
// @param seconds to wait at most
CALL db.awaitIndexes($seconds)
