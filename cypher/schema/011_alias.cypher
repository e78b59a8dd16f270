// One node for each other name; it may name many things.
CREATE CONSTRAINT alias_key IF NOT EXISTS FOR (n:Alias) REQUIRE n.alias IS UNIQUE
