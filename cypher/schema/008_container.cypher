// One node for each container.
CREATE CONSTRAINT container_key IF NOT EXISTS FOR (n:Container) REQUIRE n.container IS UNIQUE
