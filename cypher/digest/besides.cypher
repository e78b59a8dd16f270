// What batches have that nothing said.
//
// @returns number, names
MATCH (b:Batch)
WITH b, [name IN keys(b) WHERE NOT name IN ['number', 'at', 'source', 'hash', 'previous', 'delta', 'read', 'accepted',
         'duplicate', 'quarantined', 'files', 'done', 'chunk', 'rules', 'imported']] AS names
WHERE size(names) > 0
RETURN b.number AS number, names
ORDER BY number
