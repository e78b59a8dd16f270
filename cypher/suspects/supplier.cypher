// Which units are exposed to what a supplier made or delivered.
//
// A lot counts by the time it was received. One whose time is not known is a suspect of every
// window, but not a certain one.
//
// @param supplier the maker, or whoever delivered
// @param since received then or later
// @param until received before then
// @param part only lots of this part, or of this maker's part number, whatever its case and blanks
// @returns lot, certain, link
// @cost the lots of the supplier; 24 db hits a row
// @example {"supplier": "KAIYO", "part": "C-0007", "since": "2024-02-01T00:00:00Z"}
// @example {"supplier": "KAIYO", "part": "C-0007", "by": "lot"}
MATCH (:Supplier {supplier: $supplier})-[said:SUPPLIED]->(lot:Lot)
WITH lot, head(collect(said)) AS said
// @include exposure/of_part
WHERE $part IS NULL OR ofPart
WITH lot, said, [at IN coalesce(lot.other_received_at, []) + [lot.received_at] WHERE at IS NOT NULL] AS times
WITH lot, said, times, ($since IS NULL AND $until IS NULL)
     OR any(at IN times WHERE ($since IS NULL OR at >= $since) AND ($until IS NULL OR at < $until)) AS certain
WHERE certain OR size(times) = 0
RETURN elementId(lot) AS lot, certain,
       {from: $supplier, edge: 'SUPPLIED', batch: said.batch, file: said.file, line: said.line} AS link
