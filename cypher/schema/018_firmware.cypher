// One node for each firmware that was named.
CREATE CONSTRAINT firmware_key IF NOT EXISTS FOR (n:Firmware) REQUIRE n.firmware IS UNIQUE
