// One node for each supplier.
CREATE CONSTRAINT supplier_key IF NOT EXISTS FOR (n:Supplier) REQUIRE n.supplier IS UNIQUE
