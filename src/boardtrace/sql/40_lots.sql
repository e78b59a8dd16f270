-- Lots: their own words, and what they have from the lot they came from.

CREATE OR REPLACE TEMP TABLE lot_row AS
SELECT supplier, lot, max(part) AS part, max(mpn) AS mpn, max(manufacturer) AS manufacturer,
       max(quantity) AS quantity, max(date_code) AS date_code, max(manufactured_at) AS manufactured_at,
       max(received_at) AS received_at, max(expires_at) AS expires_at
FROM lots GROUP BY supplier, lot;

CREATE OR REPLACE TEMP TABLE lot_ref AS
SELECT supplier, lot FROM lot_row
UNION SELECT from_supplier, from_lot FROM lot_moves
UNION SELECT to_supplier, to_lot FROM lot_moves
UNION SELECT supplier, lot FROM consumptions
UNION SELECT supplier, lot FROM placements
UNION SELECT supplier, lot FROM loads
UNION SELECT supplier, lot FROM removals WHERE lot IS NOT NULL
UNION SELECT supplier, content FROM packing WHERE content_kind = 'lot'
UNION SELECT supplier, content FROM shipment_contents WHERE content_kind = 'lot'
UNION SELECT alias_supplier(id), alias_lot(id) FROM aliases WHERE kind = 'lot';

-- Of two values said the greater is shown; the others count for suspects all the same.
CREATE OR REPLACE TEMP TABLE lot_also AS
SELECT supplier, lot,
       list_sort(list(DISTINCT l.date_code) FILTER (l.date_code <> shown.date_code)) AS other_date_codes,
       list_sort(list(DISTINCT l.received_at) FILTER (l.received_at <> shown.received_at)) AS other_received_at
FROM lots l JOIN (SELECT supplier, lot, max(date_code) AS date_code, max(received_at) AS received_at
                FROM lots GROUP BY supplier, lot HAVING count(*) > 1) shown USING (supplier, lot)
GROUP BY supplier, lot;

-- Reel, split and relabel hand on what a lot does not say of itself; a merge does not.
CREATE OR REPLACE TEMP TABLE handed_on AS
SELECT DISTINCT to_supplier, to_lot, from_supplier, from_lot
FROM lot_moves WHERE kind IN ('reel', 'split', 'relabel');

CREATE OR REPLACE TEMP TABLE silent AS
SELECT r.supplier, r.lot, o.part, o.date_code, o.received_at
FROM lot_ref r LEFT JOIN lot_row o USING (supplier, lot)
WHERE o.part IS NULL OR o.date_code IS NULL OR o.received_at IS NULL;

CREATE OR REPLACE TEMP MACRO inherited(what) AS TABLE
WITH RECURSIVE up AS (
  SELECT s.supplier, s.lot, h.from_supplier, h.from_lot
  FROM silent s JOIN handed_on h ON h.to_supplier = s.supplier AND h.to_lot = s.lot
  WHERE CASE what WHEN 'part' THEN s.part WHEN 'date_code' THEN s.date_code ELSE s.received_at::VARCHAR END IS NULL
  UNION
  SELECT up.supplier, up.lot, h.from_supplier, h.from_lot
  FROM up JOIN silent s ON s.supplier = up.from_supplier AND s.lot = up.from_lot
  JOIN handed_on h ON h.to_supplier = s.supplier AND h.to_lot = s.lot
  WHERE CASE what WHEN 'part' THEN s.part WHEN 'date_code' THEN s.date_code ELSE s.received_at::VARCHAR END IS NULL
)
SELECT up.supplier, up.lot,
       -- two origins that differ, or one of which two things are said: unknown
       CASE WHEN count(DISTINCT value) = 1 THEN min(value) END AS value
FROM up JOIN (SELECT supplier, lot, CASE what WHEN 'part' THEN part WHEN 'date_code' THEN date_code
                ELSE received_at::VARCHAR END AS value FROM lots) o
  ON o.supplier = up.from_supplier AND o.lot = up.from_lot AND o.value IS NOT NULL
GROUP BY up.supplier, up.lot;
