-- A lot of another part than the program wants: at the touched units' machines, and where it was found before.

CREATE OR REPLACE TEMP TABLE finding AS
SELECT f.kind, CASE WHEN h.ids IS NULL THEN f.ids
            ELSE list_prepend(f.ids[1], list_sort(list_distinct(f.ids[2:] || h.ids[2:]))) END AS ids, f.detail, f."at"
FROM finding f
LEFT JOIN held_finding h ON f.kind = 'another part than the program wants' AND h.kind = f.kind
 AND h.ids[1] = f.ids[1] AND h.detail = f.detail;
