// The key of a node `it`, as a list of its columns.
CASE WHEN it:Unit THEN [it.unit] WHEN it:Run THEN [it.run] WHEN it:Lot THEN [it.supplier, it.lot]
  ELSE [coalesce(it.cohort, it.gap, it.container, it.shipment, it.customer, it.alias, it.machine,
                 it.operator, it.supplier, it.part, it.number)] END
