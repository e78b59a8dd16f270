// Every shipment that carried a thing: that lists it, what it was mounted in, or what held one of these.
//
// Membership counts at the time of shipping. When a shipment went is unknown if it is known only by
// reference: then it carried whatever was ever there.
//
// @returns shipment
MATCH (carried)-[links:MOUNTED_IN|PACKED_IN*0..]->(:Listed)-[:SHIPPED_IN]->(shipment:Shipment)
WHERE CASE WHEN shipment.shipped_at IS NULL
  THEN coalesce(coll.max([link IN links | link.at])
         < coll.min([link IN links WHERE link.until IS NOT NULL | link.until]), true)
  ELSE all(link IN links WHERE link.at <= shipment.shipped_at
         AND (link.until IS NULL OR shipment.shipped_at < link.until)) END
