// The batches of this graph came by an import: it is a copy, without a ledger.
//
// @param manifest SHA-256 of the manifest of the export
MATCH (b:Batch)
SET b.imported = $manifest
