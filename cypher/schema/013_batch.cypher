// One node for each link of the chain.
CREATE CONSTRAINT batch_key IF NOT EXISTS FOR (n:Batch) REQUIRE n.number IS UNIQUE
