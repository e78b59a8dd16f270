// Cohorts that have lots of the suspected runs: all their units are exposed alike.
//
// A cohort's units are not mounted for a time or perhaps, and nothing was removed from them: they are
// exposed for good. Where all units are asked for, each distinct top is one of them, so that it is
// enough to count the `heads`; else `tops` lists the tops.
//
// @param left_out serial of a unit that is not to be in the answer
// @param unfiltered true if all states and classes are asked for, and no unit is left out
// @returns class, ways, gone, cohort, lots, refdes, product, kind, shipment, shipped_at, customer, former, state, size, heads, tops
// @include exposure/fed
MATCH (run)-[reached:REACHED]->(cohort:Cohort)
WITH cohort, collect({reached: reached, whole: whole}) AS ways
WITH cohort, ways,
     CASE WHEN any(way IN ways WHERE way.whole.certain) THEN 'certain' ELSE 'possible' END AS class,
     CASE WHEN $left_out <> '' THEN coll.indexOf(cohort.units, $left_out) ELSE -1 END AS gone
WITH cohort, ways, class, gone, coll.flatten([way IN ways | way.whole.lots]) AS lots,
     coll.flatten([way IN ways | way.whole.refdes]) AS refdes,
     cohort.product AS product, cohort.kind AS kind, cohort.went_with AS shipment,
     cohort.went_at AS shipped_at, cohort.held_by AS customer, cohort.held_formerly AS former,
     cohort.state AS state, cohort.size - CASE WHEN gone < 0 THEN 0 ELSE 1 END AS size,
     CASE WHEN $unfiltered THEN cohort.heads ELSE 0 END AS heads,
     CASE WHEN $unfiltered THEN null WHEN gone < 0 THEN cohort.tops ELSE coll.remove(cohort.tops, gone) END AS tops
WHERE size > 0
