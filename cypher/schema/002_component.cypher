// One node for each part number, exactly as it is spelled.
CREATE CONSTRAINT component_key IF NOT EXISTS FOR (n:Component) REQUIRE n.part IS UNIQUE
