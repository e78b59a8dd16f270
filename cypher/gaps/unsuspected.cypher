// Lots that are not suspects themselves.
//
// @param names map of what is suspected -> true
// @returns lot, id
WITH *, replace(replace(lot.supplier, '%', '%25'), '/', '%2F') + '/' + lot.lot AS id
WHERE $names['lot ' + id] IS NULL
