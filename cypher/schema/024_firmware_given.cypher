// Which units got a firmware, and when.
CREATE INDEX firmware_given IF NOT EXISTS FOR ()-[e:SERVICED]-() ON (e.firmware, e.at)
