// How many links are missing, and then the last batch: whether it is still the one that the question saw.
//
// @returns gaps, number, hash, rules, open
CALL () {
  // @include $reach
}
CALL (gaps) {  // not before they are counted
  // @include questions/batch
}
RETURN gaps, number, hash, rules, open
