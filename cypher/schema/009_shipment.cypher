// One node for each shipment.
CREATE CONSTRAINT shipment_key IF NOT EXISTS FOR (n:Shipment) REQUIRE n.shipment IS UNIQUE
