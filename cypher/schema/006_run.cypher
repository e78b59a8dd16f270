// One node for each content of a run.
CREATE CONSTRAINT run_key IF NOT EXISTS FOR (n:Run) REQUIRE n.run IS UNIQUE
