// A constraint whose index failed is dropped, so that it can be made again.
//
// @param name of the constraint
DROP CONSTRAINT $name IF EXISTS
