// One node for each kind of missing link; the runs that lack it point to it.
CREATE CONSTRAINT gap_key IF NOT EXISTS FOR (n:Gap) REQUIRE n.gap IS UNIQUE
