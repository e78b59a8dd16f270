// How many links are missing that could hide further units of suspected lots.
//
// A visit whose feeder was not known though its part is a suspect's or unknown; a placement of a lot
// known only by reference, whose part is a suspect's or unknown, from where nobody knows; a row in
// quarantine that names a suspect.
//
// @param parts part numbers of the suspects, upper case without blanks
// @param any true if the part of some suspect is unknown
// @param suspects element ids of the suspected lots
// @param names map of supplier/lot -> true for each suspected lot
// @returns gaps
// @cost the runs that lack something, and those that lots by reference were fed to
CALL () {
  MATCH (gap:Gap)-[:MISSING_IN]->(run:Run)-[visit:PLACED|PROCESSED]->(:Unit)
  WHERE $any OR gap.part IS NULL OR replace(toUpper(gap.part), ' ', '') IN $parts
  RETURN count(visit) AS found
UNION ALL
  MATCH (lot:ByReference)-[:FED]->(:Run)-[visit:PLACED]->(:Unit)
  WHERE NOT elementId(lot) IN $suspects
    AND ($any OR lot.part IS NULL OR replace(toUpper(lot.part), ' ', '') IN $parts)
    AND NOT EXISTS { (:Lot)-[:BECAME]->(lot) }
  RETURN count(visit) AS found
UNION ALL
  MATCH (row:Quarantined)
  WHERE any(lot IN row.lots WHERE $names[lot] IS NOT NULL)
  RETURN count(row) AS found
}
RETURN sum(found) AS gaps
