// Lots by their code alone, whoever supplied them.
CREATE INDEX lot_code IF NOT EXISTS FOR (n:Lot) ON (n.lot)
