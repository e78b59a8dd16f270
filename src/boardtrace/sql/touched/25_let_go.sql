-- What was referred to by rows that formats no longer come to (`gone_<table>`), and nothing refers to now:
-- neither what was derived of the part, which knows all facts that are about no unit, nor another run or unit
-- that the graph holds.

CREATE OR REPLACE TEMP TABLE let_go AS
WITH of_unit AS (
  SELECT supplier, lot, machine, program, operator FROM gone_placements
  UNION SELECT supplier, lot, NULL, NULL, operator FROM gone_removals
  UNION SELECT NULL, NULL, machine, program, operator FROM gone_visits
  UNION SELECT NULL, NULL, machine, program, operator FROM gone_processes
  UNION SELECT NULL, NULL, machine, program, operator FROM gone_tests
  UNION SELECT NULL, NULL, machine, NULL, NULL FROM gone_gaps
  UNION SELECT NULL, NULL, NULL, NULL, operator FROM gone_service
), of_lot AS (
  SELECT supplier, lot FROM of_unit
  UNION SELECT supplier, lot FROM gone_lots
  UNION SELECT from_supplier, from_lot FROM gone_lot_moves UNION SELECT to_supplier, to_lot FROM gone_lot_moves
  UNION SELECT supplier, content FROM gone_packing WHERE content_kind = 'lot'
  UNION SELECT supplier, content FROM gone_shipment_contents WHERE content_kind = 'lot'
), said AS (
  SELECT 'lot' AS kind, lot_id(supplier, lot) AS id FROM of_lot
  UNION SELECT 'supplier', nullif(supplier, '') FROM of_lot UNION SELECT 'supplier', vendor FROM gone_lots
  UNION SELECT 'supplier', supplier FROM gone_suppliers
  UNION SELECT 'machine', machine FROM of_unit UNION SELECT 'machine', machine FROM gone_machines
  UNION SELECT 'program', program FROM of_unit
  UNION SELECT 'operator', operator FROM of_unit
  UNION SELECT 'shipment', shipment FROM gone_shipment_contents UNION SELECT 'shipment', shipment FROM gone_shipments
  UNION SELECT kind, id FROM gone_aliases WHERE kind IN ('lot', 'supplier', 'machine', 'operator', 'shipment')
), elsewhere AS (
  FROM held_run ANTI JOIN touched_run USING (run)
), fed_elsewhere AS (
  SELECT supplier, lot FROM held_fed ANTI JOIN touched_run USING (run)
  UNION SELECT supplier, lot FROM held_removed_from ANTI JOIN touched ON id = unit
), referred AS (
  SELECT 'lot' AS kind, lot_id(supplier, lot) AS id FROM (FROM fed_elsewhere UNION SELECT supplier, lot FROM want_lot)
  UNION SELECT 'supplier', supplier FROM fed_elsewhere UNION SELECT 'supplier', supplier FROM want_supplier
  UNION SELECT 'machine', machine FROM elsewhere UNION SELECT 'machine', machine FROM want_machine
  UNION SELECT 'program', program FROM elsewhere UNION SELECT 'program', program FROM want_program
  UNION SELECT 'operator', operator FROM elsewhere UNION SELECT 'operator', operator FROM want_operator
  UNION SELECT 'shipment', shipment FROM want_shipment
)
FROM said ANTI JOIN referred USING (kind, id) WHERE id IS NOT NULL;
