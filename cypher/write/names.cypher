// Every label, type and property that a graph may get, made known by a node that is gone at once.
//
// A plan in which one name was not there yet is thrown away whenever names come: without this, questions
// to a graph that is new are planned again after each batch that brings one.
CREATE (n:Alias:Batch:Board:ByReference:Cohort:Component:Container:Customer:Finding:Firmware:Gap:Graph
    :Listed:Lot:Machine:Migration:Mounted:Operator:Orphan:Packed:PartNumber:Partless:Product
    :Program:Quarantined:Repacked:Reworked:Run:Scrapped:Shipment:Supplier:Unit {
    accepted: 0, alias: 0, alternatives: 0, applied_at: 0, as: 0, at: 0, batch: 0, carrier: 0,
    category: 0, certain: 0, checksum: 0, chunk: 0, cohort: 0, column: 0, container: 0,
    containers: 0, country: 0, created_at: 0, current: 0, customer: 0, date_code: 0, defects: 0,
    delta: 0, description: 0, detail: 0, done: 0, duplicate: 0, ended_at: 0, expires_at: 0,
    feeder: 0, file: 0, files: 0, finding: 0, firmware: 0, first_at: 0, gap: 0, hash: 0, heads: 0,
    held_by: 0, held_formerly: 0, id: 0, ids: 0, image: 0, imported: 0, inherited: 0, kind: 0,
    last_at: 0, line: 0, lot: 0, machine: 0, manufactured_at: 0, manufacturer: 0, measure: 0,
    measurements: 0, mpn: 0, name: 0, named: 0, names: 0, now_in: 0, number: 0, numbers: 0,
    operator: 0, other_date_codes: 0, other_received_at: 0, panel: 0, parameters: 0, part: 0,
    position: 0, previous: 0, product: 0, program: 0, quantity: 0, quarantined: 0, read: 0,
    reason: 0, received_at: 0, refdes: 0, remaining: 0, removed_at: 0, result: 0, revision: 0,
    role: 0, rules: 0, run: 0, scrapped_at: 0, shipment: 0, shipped_at: 0, since: 0, site: 0,
    size: 0, skipped: 0, source: 0, span: 0, state: 0, supplier: 0, top: 0, tops: 0, unit: 0,
    units: 0, until: 0, went_at: 0, went_with: 0, work_order: 0
  })
CREATE
  (n)-[:BECAME]->(n), (n)-[:DELIVERED_TO]->(n), (n)-[:FED]->(n), (n)-[:KNOWN_AS]->(n),
  (n)-[:LOADED_AT]->(n), (n)-[:MISSING_IN]->(n), (n)-[:MOUNTED_IN]->(n), (n)-[:NUMBERED]->(n),
  (n)-[:OPERATED]->(n), (n)-[:PACKED_IN]->(n), (n)-[:PLACED]->(n), (n)-[:PROCESSED]->(n),
  (n)-[:RAN]->(n), (n)-[:REACHED]->(n), (n)-[:REMOVED_FROM]->(n), (n)-[:SERVICED]->(n),
  (n)-[:SHIPPED_IN]->(n), (n)-[:SINGLED_OUT]->(n), (n)-[:STOCKED_AS]->(n), (n)-[:SUPPLIED]->(n),
  (n)-[:TESTED]->(n)
DETACH DELETE n
