-- Of these what nothing refers to any more: neither what was derived of the part, which knows all facts that
-- are about no unit, nor another run or unit that the graph holds.

CREATE OR REPLACE TEMP TABLE let_go AS
WITH elsewhere AS (FROM held_run ANTI JOIN touched_run USING (run)), referred AS (
  SELECT 'lot' AS kind, lot AS id FROM want_lot WHERE supplier = ''
  UNION SELECT 'lot', lot FROM held_fed ANTI JOIN touched_run USING (run) WHERE supplier = ''
  UNION SELECT 'lot', lot FROM held_removed_from ANTI JOIN touched ON id = unit WHERE supplier = ''
  UNION SELECT 'machine', machine FROM want_machine UNION SELECT 'machine', machine FROM elsewhere
  UNION SELECT 'program', program FROM want_program UNION SELECT 'program', program FROM elsewhere
  UNION SELECT 'operator', operator FROM want_operator UNION SELECT 'operator', operator FROM elsewhere
)
FROM let_go ANTI JOIN referred USING (kind, id) WHERE id IS NOT NULL;
