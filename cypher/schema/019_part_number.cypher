// One node for all spellings of a part number.
CREATE CONSTRAINT part_number_key IF NOT EXISTS FOR (n:PartNumber) REQUIRE n.number IS UNIQUE
