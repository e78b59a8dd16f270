// The runs of a machine by their time: those of a day, of a week..., then the beginning.
CREATE INDEX machine_runs IF NOT EXISTS FOR (n:Run) ON (n.machine, n.span, n.first_at)
