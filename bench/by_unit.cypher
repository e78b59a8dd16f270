// What an expert would write for this plant: boards and products with their shipments, a record a carton.
//
// It knows that every board is in one product, every product in one carton, every carton sold once.
MATCH (:Lot {supplier: $supplier, lot: $lot})-[:BECAME*0..]->(reel:Lot)-[fed:FED]->(run:Run)
MATCH (run)-[placed:PLACED]->(board:Unit)-[mounted:MOUNTED_IN {current: true}]->(product:Unit)
MATCH (product)-[:PACKED_IN {current: true}]->(carton:Container)
WITH carton, collect({
  board: board.unit, part: board.product, placed: placed.at, product: product.unit, name: product.product,
  mounted: mounted.at, reel: reel.lot, refdes: fed.refdes, class: CASE WHEN fed.certain THEN 'certain' ELSE 'possible' END
}) AS boards
MATCH (carton)-[:SHIPPED_IN]->(shipment:Shipment)-[:DELIVERED_TO]->(customer:Customer)
WITH carton.container AS container, shipment.shipment AS shipment, shipment.shipped_at AS shipped_at,
     customer.customer AS customer, boards
RETURN collect(container) AS container, collect(shipment) AS shipment, collect(shipped_at) AS shipped_at,
       collect(customer) AS customer, [row IN collect(boards) | [one IN row | one.board]] AS board,
       [row IN collect(boards) | [one IN row | one.part]] AS part,
       [row IN collect(boards) | [one IN row | one.placed.epochSeconds]] AS placed,
       [row IN collect(boards) | [one IN row | one.product]] AS product,
       [row IN collect(boards) | [one IN row | one.name]] AS name,
       [row IN collect(boards) | [one IN row | one.mounted.epochSeconds]] AS mounted,
       [row IN collect(boards) | [one IN row | one.reel]] AS reel,
       [row IN collect(boards) | [one IN row | one.refdes]] AS refdes,
       [row IN collect(boards) | [one IN row | one.class]] AS class
