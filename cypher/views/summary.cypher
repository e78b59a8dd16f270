// What the exposed units add up to, where no row is of one.
//
// @returns summary
// @include exposure/exposed
// @include exposure/groups
// @include exposure/summary
RETURN summary
