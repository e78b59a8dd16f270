// The fact is withdrawn or says something else now: repair, firmware, warranty, inspection, scrap; and each removal, with who did it.
//
// @param rows run, unit, at, kind, site, firmware, detail, refdes, lot
UNWIND $rows AS row
MATCH (:Run {run: row.run})-[e:SERVICED]->(:Unit {unit: row.unit})
WITH e, {
  at: datetime.fromEpoch(row.at / 1000000, row.at % 1000000 * 1000),
  kind: row.kind,
  site: row.site,
  firmware: row.firmware,
  detail: row.detail,
  refdes: row.refdes,
  lot: row.lot
} AS said
WHERE all(name IN keys(said) WHERE e[name] = said[name] OR (e[name] IS NULL AND said[name] IS NULL))
DELETE e
