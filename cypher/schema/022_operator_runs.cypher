// The runs of an operator by their time.
CREATE INDEX operator_runs IF NOT EXISTS FOR (n:Run) ON (n.operator, n.span, n.first_at)
