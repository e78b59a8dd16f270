// Every index, those of constraints too, and what became of it.
//
// @returns name, state, percent, failure
SHOW INDEXES YIELD name, state, populationPercent, failureMessage
RETURN name, state, populationPercent AS percent, failureMessage AS failure
