// One node for each machine.
CREATE CONSTRAINT machine_key IF NOT EXISTS FOR (n:Machine) REQUIRE n.machine IS UNIQUE
