// One node for each cohort.
CREATE CONSTRAINT cohort_key IF NOT EXISTS FOR (n:Cohort) REQUIRE n.cohort IS UNIQUE
