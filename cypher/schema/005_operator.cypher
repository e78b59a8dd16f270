// One node for each operator.
CREATE CONSTRAINT operator_key IF NOT EXISTS FOR (n:Operator) REQUIRE n.operator IS UNIQUE
