// One node for each program that was named.
CREATE CONSTRAINT program_key IF NOT EXISTS FOR (n:Program) REQUIRE n.program IS UNIQUE
