// Two suppliers may use one lot code: the key is the pair. Community has no node keys; uniqueness gives the index as well.
CREATE CONSTRAINT lot_key IF NOT EXISTS FOR (n:Lot) REQUIRE (n.supplier, n.lot) IS UNIQUE
