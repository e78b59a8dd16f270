// One node for each row in quarantine that names a lot.
CREATE CONSTRAINT quarantined_key IF NOT EXISTS FOR (n:Quarantined) REQUIRE n.quarantined IS UNIQUE
