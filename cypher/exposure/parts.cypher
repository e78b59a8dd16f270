// What was placed at once and removed at different times, in parts of one end each.
//
// A removal ends what it names; one by designators alone leaves a placement without any.
//
// @returns part
UNWIND CASE
  WHEN size(removals) = 0 THEN [{refdes: fed.refdes, until: null}]
  WHEN size(fed.refdes) = 0 THEN [{refdes: [], until: coll.min([gone IN removals WHERE gone.named | gone.at])}]
  ELSE [place IN fed.refdes | {refdes: [place], until: coll.min(
    [gone IN removals WHERE gone.refdes IS NULL OR place IN gone.refdes | gone.at])}]
END AS part
