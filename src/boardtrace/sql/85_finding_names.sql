-- A finding is known by a hash of what it says.

CREATE OR REPLACE TEMP TABLE want_finding AS
SELECT DISTINCT md5(concat_ws(chr(31), kind, to_json(ids)::VARCHAR, detail, "at"::VARCHAR)) AS finding,
       kind, ids, detail, "at"
FROM finding;
