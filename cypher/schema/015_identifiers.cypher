// Identifiers that are spelled almost right.
CREATE FULLTEXT INDEX identifiers IF NOT EXISTS
FOR (n:Supplier|Component|Lot|Machine|Operator|Unit|Container|Shipment|Customer|Alias)
ON EACH [n.supplier, n.part, n.lot, n.machine, n.operator, n.unit, n.container, n.shipment, n.customer, n.alias]
OPTIONS {indexConfig: {`fulltext.analyzer`: 'keyword', `fulltext.eventually_consistent`: true}}
