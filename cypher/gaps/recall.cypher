// How many links are missing that could hide further units of a suspect.
//
// @returns gaps
// @cost the runs that lack something, and those that lots of unknown origin or part were fed to
// @include gaps/hidden
RETURN count(*) AS gaps
