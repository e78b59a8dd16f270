// Whatever carries an identifier, exactly or as an alias.
//
// What is only spelled like it, or has it as its maker's part number, is listed where nothing carries it.
//
// @param id identifier of anything; a lot by its code alone or as supplier/lot
// @param kind unit, lot, supplier, component, machine, operator, container, shipment, customer, program or firmware
// @returns kind, key, name, match
// @cost an index seek for each kind; 22 db hits a row
// @example {"id": "L2407-03"}
// @example {"id": "GW1-003399", "kind": "unit"}
CALL () {
  MATCH (n:Unit {unit: $id}) RETURN 'unit' AS kind, {unit: n.unit} AS key, n.product AS name, 'exact' AS match
UNION ALL
  MATCH (n:Supplier {supplier: $id}) RETURN 'supplier' AS kind, {supplier: n.supplier} AS key, n.name AS name, 'exact' AS match
UNION ALL
  MATCH (n:Component {part: $id}) RETURN 'component' AS kind, {part: n.part} AS key, n.description AS name, 'exact' AS match
UNION ALL
  MATCH (n:Machine {machine: $id}) RETURN 'machine' AS kind, {machine: n.machine} AS key, n.name AS name, 'exact' AS match
UNION ALL
  MATCH (n:Operator {operator: $id}) RETURN 'operator' AS kind, {operator: n.operator} AS key, n.role AS name, 'exact' AS match
UNION ALL
  MATCH (n:Container {container: $id}) RETURN 'container' AS kind, {container: n.container} AS key, n.kind AS name, 'exact' AS match
UNION ALL
  MATCH (n:Shipment {shipment: $id}) RETURN 'shipment' AS kind, {shipment: n.shipment} AS key, n.kind AS name, 'exact' AS match
UNION ALL
  MATCH (n:Customer {customer: $id}) RETURN 'customer' AS kind, {customer: n.customer} AS key, n.name AS name, 'exact' AS match
UNION ALL
  MATCH (n:Program {program: $id}) RETURN 'program' AS kind, {program: n.program} AS key, null AS name, 'exact' AS match
UNION ALL
  MATCH (n:Firmware {firmware: $id}) RETURN 'firmware' AS kind, {firmware: n.firmware} AS key, null AS name, 'exact' AS match
UNION ALL
  MATCH (n:Lot {lot: $id})
  RETURN 'lot' AS kind, {supplier: n.supplier, lot: n.lot} AS key, n.part AS name, 'exact' AS match
UNION ALL
  WITH split($id, '/') AS words WHERE size(words) > 1
  MATCH (n:Lot {supplier: replace(replace(words[0], '%2F', '/'), '%25', '%'), lot: substring($id, size(words[0]) + 1)})
  RETURN 'lot' AS kind, {supplier: n.supplier, lot: n.lot} AS key, n.part AS name, 'exact' AS match
UNION ALL
  MATCH (:Alias {alias: $id})<-[:KNOWN_AS]-(n)
  // @include exposure/named
  RETURN kind, key, name, 'alias' AS match
}
WITH * WHERE $kind IS NULL OR kind = $kind
RETURN DISTINCT kind, key, name, match
