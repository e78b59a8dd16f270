// What an expert would write for this plant: who holds how many, boards counted by carton.
//
// It knows that every board is in one product, every product in one carton, every carton sold once.
MATCH (:Lot {supplier: $supplier, lot: $lot})-[:BECAME*0..]->(:Lot)-[fed:FED]->(run:Run)
MATCH (run)-[:PLACED]->(board:Unit)
WITH board, max(fed.certain) AS certain
MATCH (board)-[:MOUNTED_IN {current: true}]->(product:Unit)-[:PACKED_IN {current: true}]->(carton:Container)
WITH carton, count(DISTINCT product) AS products, count(board) AS boards,
     count(CASE WHEN certain THEN board END) AS certain
MATCH (carton)-[:SHIPPED_IN]->(:Shipment)-[:DELIVERED_TO]->(customer:Customer)
WITH customer, sum(boards + products) AS units, sum(certain) AS certain, sum(products) AS products
RETURN collect(customer.customer) AS customer, collect(customer.name) AS name, collect(units) AS units,
       collect(certain) AS certain, collect(products) AS products
