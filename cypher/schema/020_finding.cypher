// One node for each contradiction.
CREATE CONSTRAINT finding_key IF NOT EXISTS FOR (n:Finding) REQUIRE n.finding IS UNIQUE
