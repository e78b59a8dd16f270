// What is known of lots, each with the lots that it is from.
//
// @returns lot, id, supplier, code, part, reference, goods, numbers, parents
WITH DISTINCT lot
RETURN elementId(lot) AS lot, lot.supplier AS supplier, lot.lot AS code, lot.part AS part,
       lot:ByReference AS reference, lot:Packed OR lot:Listed AS goods, lot.numbers AS numbers,
       replace(replace(lot.supplier, '%', '%25'), '/', '%2F') + '/' + lot.lot AS id,
       [(parent:Lot)-[move:BECAME]->(lot) |
         {lot: elementId(parent), kind: move.kind, certain: move.certain}] AS parents
