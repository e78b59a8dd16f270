// The runs of a unit and of what is or was mounted in it.
//
// @param unit serial of the unit
// @returns runs
// @cost the unit's own edges
MATCH (:Unit {unit: $unit})<-[:MOUNTED_IN*0..]-(below:Unit)
WITH DISTINCT below
MATCH (run:Run)-[:PLACED|PROCESSED|TESTED|SERVICED]->(below)
RETURN collect(DISTINCT elementId(run)) AS runs
