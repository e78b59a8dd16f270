// What a node or edge `it` says: pairs of name and value, a time as seconds, nanoseconds and offset.
//
// The driver would make an object of each time, at ten times the cost of the rest.
[name IN keys(it) | [name, CASE
  WHEN it[name] IS :: ZONED DATETIME NOT NULL
    THEN [it[name].epochSeconds, it[name].nanosecond, it[name].offsetSeconds]
  WHEN it[name] IS :: LIST<ZONED DATETIME NOT NULL> NOT NULL
    THEN [at IN it[name] | [at.epochSeconds, at.nanosecond, at.offsetSeconds]]
  ELSE it[name] END]]
