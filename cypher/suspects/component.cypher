// Which units are exposed to a part, or to a range of its date codes.
//
// A lot counts by its part, by a component that has this as its maker's number, or by a maker's
// number of its own. One whose date code is not known or cannot be read is a suspect of every
// range, but not a certain one; one whose part is not known is a gap.
//
// @param part part number or maker's part number, whatever its case and blanks
// @param date_code_from first date code, as YYWW
// @param date_code_to last date code, as YYWW
// @param supplier only lots that this one made or delivered
// @returns lot, certain, link
// @cost the lots of the part; 24 db hits a row
// @example {"part": "C-0007"}
// @example {"part": "C-0007", "date_code_from": "2405", "date_code_to": "2409"}
MATCH (asked:PartNumber {number: $part})
CALL (asked) {
  MATCH (asked)<-[:NUMBERED {as: 'part'}]-(:Component)-[:STOCKED_AS]->(lot:Lot)
  RETURN lot
UNION
  MATCH (asked)<-[:NUMBERED {as: 'mpn'}]-(:Component)-[:NUMBERED {as: 'part'}]->(own:PartNumber)
  // in a clause of its own, as it may lead back over the edge that led here
  MATCH (own)<-[:NUMBERED {as: 'part'}]-(:Component)-[:STOCKED_AS]->(lot:Lot)
  RETURN lot
UNION
  MATCH (asked)<-[:NUMBERED]-(lot:Lot)
  RETURN lot
}
WITH lot WHERE $supplier IS NULL OR EXISTS { (:Supplier {supplier: $supplier})-[:SUPPLIED]->(lot) }
WITH lot, [code IN coalesce(lot.other_date_codes, []) + [lot.date_code] WHERE code IS NOT NULL] AS codes
WITH lot, codes, [code IN codes WHERE code =~ '[0-9]{2}(0[1-9]|[1-4][0-9]|5[0-3])'] AS readable
WITH lot, codes, readable, ($date_code_from IS NULL AND $date_code_to IS NULL)
     OR any(code IN readable WHERE ($date_code_from IS NULL OR code >= $date_code_from)
                               AND ($date_code_to IS NULL OR code <= $date_code_to)) AS certain
WHERE certain OR size(codes) = 0 OR size(readable) < size(codes)
OPTIONAL MATCH (component:Component)-[stocked:STOCKED_AS]->(lot)
WITH lot, certain, head(collect({from: component.part, edge: 'STOCKED_AS', said: stocked})) AS by
// a lot of which only the maker's number is known
OPTIONAL MATCH (lot)-[numbered:NUMBERED]->(:PartNumber {number: $part})
WITH lot, certain, CASE WHEN by.from IS NULL THEN {from: $part, edge: 'NUMBERED', said: numbered} ELSE by END AS by
RETURN elementId(lot) AS lot, certain,
       {from: by.from, edge: by.edge, batch: by.said.batch, file: by.said.file, line: by.said.line} AS link
