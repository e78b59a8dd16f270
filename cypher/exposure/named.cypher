// What a node is called: its kind, key and name.
//
// @returns kind, key, name
WITH *, CASE
  WHEN n:Unit THEN {kind: 'unit', key: {unit: n.unit}, name: n.product}
  WHEN n:Lot THEN {kind: 'lot', key: {supplier: n.supplier, lot: n.lot}, name: n.part}
  WHEN n:Supplier THEN {kind: 'supplier', key: {supplier: n.supplier}, name: n.name}
  WHEN n:Component THEN {kind: 'component', key: {part: n.part}, name: n.description}
  WHEN n:Machine THEN {kind: 'machine', key: {machine: n.machine}, name: n.name}
  WHEN n:Operator THEN {kind: 'operator', key: {operator: n.operator}, name: n.role}
  WHEN n:Container THEN {kind: 'container', key: {container: n.container}, name: n.kind}
  WHEN n:Shipment THEN {kind: 'shipment', key: {shipment: n.shipment}, name: n.kind}
  WHEN n:Customer THEN {kind: 'customer', key: {customer: n.customer}, name: n.name}
  WHEN n:Program THEN {kind: 'program', key: {program: n.program}, name: null}
  WHEN n:Firmware THEN {kind: 'firmware', key: {firmware: n.firmware}, name: null}
END AS called
WITH *, called.kind AS kind, called.key AS key, called.name AS name
