-- What a batch says something of: its own units and containers, what was at a machine where something turned
-- out otherwise, and what a shipment carried of which it tells.
--
-- A name counts for whatever bears it: a carton that is called as a unit costs time, no more.

-- Panels that are or were mounted, packed or shipped as such: their units went together.
CREATE OR REPLACE TEMP TABLE moved_panel AS
SELECT DISTINCT panel AS id FROM all_units SEMI JOIN (
  SELECT child AS panel FROM all_mounts UNION SELECT parent FROM all_mounts
  UNION SELECT content FROM all_packing UNION SELECT content FROM all_shipment_contents) USING (panel);

-- Visits, placements and gaps that the batch speaks of, or that were at a machine meanwhile.
CREATE OR REPLACE TEMP TABLE named AS
SELECT unit AS id, started_at AS "at" FROM new_visits
UNION SELECT unit, "at" FROM new_placements
UNION SELECT unit, "at" FROM new_gaps
UNION SELECT unit, "at" FROM new_quantities
UNION SELECT v.unit, v.started_at
FROM all_visits v JOIN reloaded r ON r.machine = v.machine AND v.started_at < r.until
 AND greatest(v.started_at, coalesce(v.ended_at, v.started_at)) >= r.since;

CREATE OR REPLACE TEMP TABLE touched AS
SELECT id FROM named
UNION SELECT unit FROM new_units
UNION SELECT panel FROM new_units WHERE panel IS NOT NULL
UNION SELECT unit FROM new_removals
UNION SELECT unit FROM new_tests
UNION SELECT unit FROM new_processes
UNION SELECT unit FROM new_service
UNION SELECT child FROM new_mounts UNION SELECT parent FROM new_mounts
UNION SELECT content FROM new_packing UNION SELECT container FROM new_packing
UNION SELECT content FROM new_shipment_contents
UNION SELECT c.content FROM all_shipment_contents c SEMI JOIN new_shipments USING (shipment)
UNION SELECT id FROM new_aliases WHERE kind IN ('unit', 'container');

-- What is said of a panel is said of its units; what is said of one of them is not said of the others.
INSERT INTO touched SELECT DISTINCT unit FROM all_units SEMI JOIN touched ON id = panel ANTI JOIN touched ON id = unit;
