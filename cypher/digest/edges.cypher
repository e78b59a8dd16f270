// Every edge: its type, what it says, and the labels and key of the node at each end.
//
// @returns type, said, from, start, to, end
MATCH (a)-[it]->(b)
// @include digest/said
RETURN type(it) AS type, said,
       labels(a) AS from,
       CASE WHEN a:Unit THEN [a.unit] WHEN a:Run THEN [a.run] WHEN a:Lot THEN [a.supplier, a.lot]
            ELSE [coalesce(a.cohort, a.gap, a.container, a.shipment, a.customer, a.alias, a.machine,
                           a.operator, a.supplier, a.part, a.number)] END AS start,
       labels(b) AS to,
       CASE WHEN b:Unit THEN [b.unit] WHEN b:Run THEN [b.run] WHEN b:Lot THEN [b.supplier, b.lot]
            ELSE [coalesce(b.cohort, b.gap, b.container, b.shipment, b.customer, b.alias, b.machine,
                           b.operator, b.supplier, b.part, b.number)] END AS end
