// One node for each serial.
CREATE CONSTRAINT unit_key IF NOT EXISTS FOR (n:Unit) REQUIRE n.unit IS UNIQUE
