-- How things are spelled; the ledger knows these from its opening on.

-- A lot in one string: model.lot_id.
CREATE OR REPLACE TEMP MACRO lot_id(supplier, lot) AS
replace(replace(supplier, '%', '%25'), '/', '%2F') || '/' || lot;

-- A time as answers show it.
CREATE OR REPLACE TEMP MACRO shown_time(us) AS
regexp_replace(strftime(make_timestamp(us), '%Y-%m-%dT%H:%M:%S.%fZ'), '\.0+Z', 'Z');

-- A part number as all its spellings are compared: without case and blanks.
CREATE OR REPLACE TEMP MACRO part_number(spelled) AS
upper(regexp_replace(spelled, '[\s\pZ\x0b\x1c-\x1f\x85]+', '', 'g'));

-- An entry of the quarantine.
CREATE OR REPLACE TEMP MACRO quarantine_id(file, line, reason, names) AS
md5(concat_ws(chr(31), file, line::VARCHAR, reason, to_json(names)::VARCHAR));

-- Measurements and parameters at length lie beside the graph (measured.py); the edge names them by their hash.
CREATE OR REPLACE TEMP MACRO is_long(said) AS length(said) > 4000;
CREATE OR REPLACE TEMP MACRO kept_json(said) AS
CASE WHEN is_long(said) THEN json_object('bytes', strlen(said), 'parquet', sha256(said))::VARCHAR ELSE said END;
