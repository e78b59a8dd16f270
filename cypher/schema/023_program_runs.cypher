// The runs of a program by their time.
CREATE INDEX program_runs IF NOT EXISTS FOR (n:Run) ON (n.program, n.span, n.first_at)
