// An index that failed is dropped, so that it can be made again.
//
// @param name of the index
DROP INDEX $name IF EXISTS
