// Lots that are not suspects themselves.
//
// @param names map of what is suspected -> true
// @returns lot
WITH * WHERE $names['lot ' + replace(replace(lot.supplier, '%', '%25'), '/', '%2F') + '/' + lot.lot] IS NULL
