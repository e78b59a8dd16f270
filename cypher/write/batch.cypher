// A link of the chain, before anything of it is written.
//
// @param number from 1
// @param at time of recording, microseconds since 1970
// @param source SHA-256 of what was read
// @param hash SHA-256 of this link and the one before
// @param previous hash of the one before
// @param read rows read
// @param accepted rows that were new
// @param duplicate rows that were known
// @param quarantined rows that cannot be used
MERGE (b:Batch {number: $number})
ON CREATE SET b.chunk = 0, b.done = false
SET b.at = datetime({epochSeconds: $at / 1000000, microsecond: $at % 1000000}),
    b.source = $source, b.hash = $hash, b.previous = $previous,
    b.read = $read, b.accepted = $accepted, b.duplicate = $duplicate, b.quarantined = $quarantined
